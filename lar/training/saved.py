"""Teacher and student in a folder: taggers, types and text, from which the teacher's inference is made anew.

Inference is a function of the source tagger, the types of both sides and the target's unlabelled text,
so these are kept, and with them what is slow to make of them: the mentions that were found. Of the
source's sentences only the means of its mentions count, and stand in for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors.numpy import load, save

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.errors import UsageError
from benchmark.task import ZERO_SHOT, MakeFiles, SourceData, TargetData, Task, Workspace
from lar.generalists.protocol import Generalist
from lar.training.student import TeacherAndStudent
from lar.training.teacher import Choices, Teacher
from larbench.tagger.tagger import read_tagger, write_tagger

_TEACHER, _STUDENT, _FOUND = "teacher", "student", "found"
_TASK, _MEANS = "task.json", "means.safetensors"
_KEY: Mapping[str, object] = {"tagger": "that of this folder"}

MakeGeneralist = Callable[[Task], Generalist | None]


@dataclass(frozen=True)
class FolderArtefacts:
    """Artefacts in the folder of a saved model; nothing is added where it is ``closed``."""

    folder: Path
    closed: bool = True

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return the files under a key, or None."""
        place = self._place(kind, key)
        return {path.name: path.read_bytes() for path in place.iterdir()} if place.is_dir() else None

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Return the files under a key, or make them."""
        found = self.get(kind, key)
        if found is not None:
            return found
        made = make()
        if not self.closed:
            self._place(kind, key).mkdir(parents=True)
            for name, content in made.items():
                (self._place(kind, key) / name).write_bytes(content)
        return made

    def _place(self, kind: str, key: dict[str, object]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self.folder / f"{kind}-{digest[:16]}"


def save_teacher_and_student(both: TeacherAndStudent, task: Task, folder: Path) -> None:
    """Write teacher and student of a zero-shot task into an empty folder.

    Raises ``UsageError`` where the teacher needs the source's own sentences, which no model holds.
    """
    choices = both.teacher.choices
    if choices.type_text == "prototypes":
        raise UsageError(
            "type_text = 'prototypes' compares types by the source's own sentences, which a saved model does"
            " not hold: use another type_text"
        )
    for name, tagger in ((_TEACHER, both.teacher.tagger), (_STUDENT, both.student)):
        if tagger is not None:
            (folder / name).mkdir()
            write_tagger(tagger, folder / name)
    content = {
        "choices": asdict(choices),
        "source": {
            "name": task.source.name,
            "types": [asdict(kind) for kind in task.source.types],
        },
        "target": {
            "name": task.target.name,
            "language": task.target.language,
            "types": [asdict(kind) for kind in task.target.types],
            "unlabelled": [[one.id, one.tokens] for one in task.target.unlabelled],
        },
    }
    (folder / _TASK).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    found = FolderArtefacts(folder / _FOUND, closed=False)
    (folder / _FOUND).mkdir()
    device = both.teacher.tagger.device
    means = both.teacher.inference.means
    (folder / _MEANS).write_bytes(save({"means": means}))
    # the mentions of the text are found again, and kept
    Teacher.fit(_task(folder, Workspace(device, found)), both.teacher.tagger, choices, key=_KEY, means=means)


def load_teacher_and_student(
    folder: Path, backbone: str, device: str, generalist: MakeGeneralist
) -> TeacherAndStudent:
    """Return what ``save_teacher_and_student`` wrote, on a backbone and with a generalist that are given."""
    choices = Choices(**json.loads((folder / _TASK).read_bytes())["choices"])
    task = _task(folder, Workspace(device, FolderArtefacts(folder / _FOUND)))
    student = read_tagger(folder / _STUDENT, backbone, device) if (folder / _STUDENT).is_dir() else None
    tagger = read_tagger(folder / _TEACHER, backbone, device)
    means = load((folder / _MEANS).read_bytes())["means"]
    teacher = Teacher.fit(task, tagger, choices, key=_KEY, generalist=generalist(task), means=means)
    return TeacherAndStudent(student, teacher)


def _task(folder: Path, workspace: Workspace) -> Task:
    """Return the task as far as the teacher needs it."""
    content = json.loads((folder / _TASK).read_bytes())
    source, target = content["source"], content["target"]
    text = tuple(Sentence(name, tuple(tokens)) for name, tokens in target["unlabelled"])
    types = [tuple(EntityType(**kind) for kind in side["types"]) for side in (source, target)]
    return Task(
        ZERO_SHOT,
        SourceData(source["name"], types[0], (), ()),
        TargetData(target["name"], target["language"], types[1], (), (), text),
        workspace,
    )
