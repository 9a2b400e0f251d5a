"""What a server does not take, found out once: left out, or said in another way, from then on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from benchmark.task import ArtefactStore
from larbench.endpoint.config import Endpoint
from larbench.endpoint.reply import Fault

RESPONSE_FORMAT, TEMPERATURE, SEED = "response_format", "temperature", "seed"
JSON_OBJECT = "response_format: json_object in place of json_schema"
MAX_TOKENS = "max_tokens: sent as max_completion_tokens"
SYSTEM = "system role: sent with the first user message"
ADDRESS = "address: /v1 appended"

_KIND, _FILE = "llm-endpoint", "refused.json"
_REFUSING = frozenset({400, 404, 405, 415, 422, 500, 501})
_GUESSES = 2  # requests that are tried without response_format though no error names it
_NAMED = {  # how errors name a parameter; tried in this order
    MAX_TOKENS: r"max_completion_tokens",
    RESPONSE_FORMAT: r"response.?format|json.?(schema|object|mode)|structured.?output|guided|grammar",
    TEMPERATURE: r"temperature",
    SYSTEM: r"system\W+(role|message|prompt|instruction)|role\W+.{0,20}system|roles must alternate"
    r"|developer instruction",
    SEED: r"\bseed\b",
}


class Adaptation:
    """What one model at one endpoint was seen to refuse (``known``); the artefacts keep it for other cells.

    A change is tried with one request, and known once that request is answered.
    """

    def __init__(self, artefacts: ArtefactStore, endpoint: Endpoint, model: str) -> None:
        self._artefacts = artefacts
        self._may_append = endpoint.api_version is None and not re.search(r"/v\d+\w*$", endpoint.url)
        self._about = {"endpoint": sha256(endpoint.url.encode()).hexdigest()[:16], "model": model}
        self._format_taken, self._guesses = False, _GUESSES
        self.known: frozenset[str] = frozenset()
        while (files := artefacts.get(_KIND, self._key())) and (more := _read(files) - self.known):
            self.known |= more

    def next_change(self, fault: Fault, tried: frozenset[str], failures: int) -> str | None:
        """Return what to change about a request that was refused; None where there is nothing to try.

        A server that names what it refuses is believed. One that does not may not know ``response_format``;
        an error 500 may also pass, so that it is tried as it is once more, before.
        """
        if fault.status not in _REFUSING:
            return None
        for name, pattern in _NAMED.items():
            if name not in tried and re.search(pattern, fault.said, re.IGNORECASE):
                less = name == RESPONSE_FORMAT and "json_object" in fault.said and JSON_OBJECT not in tried
                return JSON_OBJECT if less else name
        if fault.status == 404 and re.search(r"\bmodel\b", fault.said):
            return None
        if fault.status in (404, 405) and self._may_append and ADDRESS not in tried:
            return ADDRESS
        unknown = not self._format_taken and RESPONSE_FORMAT not in tried and self._guesses
        if not unknown or (fault.status == 500 and not failures):
            return None
        self._guesses -= 1
        return RESPONSE_FORMAT

    def answered(self, tried: frozenset[str]) -> None:
        """Note that a request with these changes was answered: they are known from now on."""
        self._format_taken |= RESPONSE_FORMAT not in tried
        more = tried - self.known
        if more:
            content = json.dumps(sorted(more)).encode()
            self._artefacts.get_or_make(_KIND, self._key(), lambda: {_FILE: content})
            self.known |= more

    def _key(self) -> dict[str, object]:
        return {**self._about, "known": sorted(self.known)}


def adapted(body: Mapping[str, Any], changes: frozenset[str]) -> dict[str, Any]:
    """Return the body of a request with these changes."""
    sent = {name: value for name, value in body.items() if name not in changes}
    if JSON_OBJECT in changes and RESPONSE_FORMAT in sent:  # llama.cpp's servers heed the schema there too
        schema = sent[RESPONSE_FORMAT].get("json_schema", {}).get("schema", {})
        sent[RESPONSE_FORMAT] = {"type": "json_object", "schema": schema}
    if MAX_TOKENS in changes:
        sent["max_completion_tokens"] = sent.pop("max_tokens")
    if SYSTEM in changes:
        sent["messages"] = list(_without_system(sent["messages"]))
    return sent


def _without_system(messages: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    before = ""
    for message in messages:
        if message["role"] == "system":
            before += message["content"] + "\n\n"
        else:
            yield {**message, "content": before + message["content"]}
            before = ""


def _read(files: Mapping[str, bytes]) -> frozenset[str]:
    try:
        return frozenset(json.loads(files[_FILE])) & {*_NAMED, ADDRESS, JSON_OBJECT}
    except (KeyError, ValueError, TypeError):
        return frozenset()
