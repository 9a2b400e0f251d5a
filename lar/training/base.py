"""The tagger that LAR reassigns: the source tagger, or that of any method that tags with source types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmark import registry
from benchmark.code import code_digests
from benchmark.domains.corpus import content_hash
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.task import ZERO_SHOT, Task
from larbench.tagger.backbones import fingerprint

if TYPE_CHECKING:
    from larbench.tagger.tagger import Tagger

SOURCE_ONLY = "source-only"


def base_code(base: str) -> dict[str, str]:
    """Return the digests of the code that a base method reaches."""
    return code_digests(registry.method_class(base).__module__)


def base_key(task: Task, base: str, backbone: str, seed: int) -> dict[str, object]:
    """Return what tells a base's tagger from others: code, backbone, seed, the corpora it learned from."""
    # torch stands behind both: planning does without
    from lar.inference.mention_cache import text_hash
    from larbench.tagger import pretrained

    key: dict[str, object] = {
        "base": base,
        "backbone": fingerprint(backbone),
        "code": code_digests(pretrained.__name__) if base == SOURCE_ONLY else base_code(base),
        "seed": seed,
        "source": task.source.content_hash(),
    }
    if base != SOURCE_ONLY:  # the others may adapt to the target's unlabelled text
        key["target"] = [task.target.name, text_hash(task.target.unlabelled), content_hash(task.target.types)]
    return key


def base_tagger(task: Task, base: str, backbone: str, seed: int) -> Tagger:
    """Return the tagger with source types that the method ``base`` fits without target labels.

    It is fitted once and kept in the workspace's store. Raises ``UsageError`` for a method that cannot run
    without target labels, leaves no tagger, or one with other types than the source's, in their order.
    """
    bare = replace(task, setting=ZERO_SHOT, target=replace(task.target, train=(), dev=()))
    from larbench.tagger.pretrained import source_tagger, stored_tagger
    from larbench.tagger.tagger import Tagger

    if base == SOURCE_ONLY:
        return source_tagger(bare, backbone, seed)

    def make() -> tuple[Tagger, dict[str, Any]]:
        method = _with_backbone(base, backbone)
        if reason := method.skip(ZERO_SHOT):
            raise UsageError(f"{base!r} cannot be a base, which has no target labels: {reason}")
        tagger = getattr(method.fit(bare, seed), "tagger_", None)
        wanted = tuple(kind.name for kind in task.source.types)
        if not isinstance(tagger, Tagger) or tagger.types != wanted:
            raise UsageError(f"{base!r} leaves no tagger with the source's types: nothing to reassign")
        return tagger, {}

    return stored_tagger(task, backbone, "base-tagger", base_key(task, base, backbone, seed), make)[0]


def _with_backbone(base: str, backbone: str) -> Method:
    kind = registry.method_class(base)
    return kind(**({"backbone": backbone} if "backbone" in kind.parameter_defaults() else {}))
