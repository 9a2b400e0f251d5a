"""A report as JUnit XML, which continuous-integration servers show test by test."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from benchmark.gate.report import NOT_MEASURED, REGRESSED, Line, Report

# XML 1.0, section 2.2: what may stand in a document at all
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> bytes:
    """Render a report: a test case a line; a regression is a failure, what could not be measured an error."""
    errors = len(report.of(NOT_MEASURED)) + bool(report.reason)
    suite = ElementTree.Element(
        "testsuite",
        name=_legal(f"regression gate: {report.suite or report.baseline}"),
        tests=str(len(report.lines) + bool(report.reason)),
        failures=str(len(report.of(REGRESSED))),
        errors=str(errors),
        skipped="0",
        time="0",
    )
    for line in report.lines:
        case = _case(suite, report, line.name)
        if line.verdict == REGRESSED:
            message = _loss(line)
            ElementTree.SubElement(case, "failure", type=REGRESSED, message=message).text = message
        elif line.verdict == NOT_MEASURED:
            message = _legal("; ".join(line.reasons))
            ElementTree.SubElement(case, "error", type=NOT_MEASURED, message=message).text = message
    if report.reason:
        message = _legal(report.reason)
        case = _case(suite, report, "the whole check")
        ElementTree.SubElement(case, "error", type=NOT_MEASURED, message=message).text = message
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ElementTree.Element, report: Report, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=_legal(f"larbench.{report.suite or 'gate'}"), name=_legal(name), time="0"
    )


def _loss(line: Line) -> str:
    found = line.evidence
    if found is None:
        raise ValueError(f"{line.name} regressed without evidence")
    return _legal(
        f"F1 {100 * found.baseline_f1:.1f} -> {100 * found.run_f1:.1f} ({100 * found.difference:+.1f}; "
        f"fires at {-100 * found.threshold:.1f}; p {found.adjusted:.3g})"
    )


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
