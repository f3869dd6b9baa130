"""2,000 wrong arguments: each gives an exception of the right kind, and none ends the process."""

import math
import os
import random
import string

import pytest

import docre

CALLS = int(os.environ.get("DOCRE_WRONG_ARGUMENTS", "2000"))
SEED = int(os.environ.get("DOCRE_WRONG_ARGUMENTS_SEED", "1"))

GOOD = {
    "title": "A",
    "sents": [["Anna", "lives", "in", "Oslo"]],
    "vertexSet": [[{"pos": [0, 1], "sent_id": 0}], [{"pos": [3, 4], "sent_id": 0}]],
    "labels": [{"h": 0, "t": 1, "r": "P551", "evidence": [0]}],
}

WRONG_VALUES = [
    None, True, -1, 0, 1, 2**31, 2**63, 2**70, -(2**70), 1e308, math.nan, math.inf, -0.5, 1j,
    "", " ", "\0", "\ud800", "x" * 100_000, b"bytes", [], {}, (), set(), object(), print, type,
    [[[]]], {"a": {}}, range(3), bytearray(b"x"), memoryview(b"x"), ["a", None], {"title": 1},
]


def value(random):
    """Something of any kind, seldom what is asked for."""
    kind = random.random()
    if kind < 0.7:
        return random.choice(WRONG_VALUES)
    if kind < 0.8:
        return "".join(random.choices(string.printable + "😀é\u202e", k=random.randrange(40)))
    if kind < 0.9:
        return [value(random) for _ in range(random.randrange(3))]
    return {random.choice(["title", "text", "sents", "vertexSet", "labels", "x"]): value(random)}


def spoilt(random):
    """A good document with something in it that is wrong."""
    import copy

    document = copy.deepcopy(GOOD)
    places = [(document, key) for key in document]
    for entity in document["vertexSet"]:
        places += [(entity[0], "pos"), (entity[0], "sent_id"), (entity, 0)]
    places += [(document["labels"][0], key) for key in ("h", "t", "r", "evidence")]
    places += [(document["sents"][0], 1), (document["sents"], 0)]
    owner, key = random.choice(places)
    owner[key] = value(random)
    return document


def cases(model, folder):
    """The calls, each with arguments drawn at random."""

    def path(random):
        return random.choice([value(random), str(folder / "nowhere"), folder])

    return [
        lambda r: model.extract(value(r)),
        lambda r: model.extract(spoilt(r)),
        lambda r: model.extract([spoilt(r), value(r)], on_error=r.choice(["skip", "raise"])),
        lambda r: model.extract("Anna.", min_score=value(r)),
        lambda r: model.extract(["Anna."], batch=value(r)),
        lambda r: model.extract(["Anna."], on_error=value(r)),
        lambda r: model.extract(["Anna."]).table(value(r)),
        lambda r: model.extract(["Anna."])[value(r)],
        lambda r: list(model.stream(value(r), batch=value(r))),
        lambda r: docre.Document(value(r), title=value(r)),
        lambda r: docre.Document.from_dict(value(r)),
        lambda r: docre.Document.from_dict(spoilt(r), index=value(r)),
        lambda r: docre.load(path(r)),
        lambda r: docre.load(device=value(r), precision=value(r)),
        lambda r: docre.read(path(r), lenient=r.random() < 0.5),
        lambda r: docre.write(path(r), [spoilt(r)]),
        lambda r: docre.write(folder / f"out{r.randrange(9)}.jsonl", value(r)),
        lambda r: docre.convert(path(r), path(r), from_format=value(r), to_format=value(r)),
        lambda r: docre.evaluate(path(r), path(r), train=path(r), progress=value(r)),
        lambda r: docre.train(r.choice([path(r), {"name": value(r), "data": value(r)}]),
                              run=folder / "run", set=value(r), progress=False, offline=True),
        lambda r: docre.train("quickstart", run=folder / "run", seeds=value(r), progress=value(r),
                              set=["data.train=nowhere", value(r)], offline=True),
        lambda r: docre.compare(path(r), run=folder / "run", seeds=value(r), baseline=value(r),
                                set=value(r), only=value(r), progress=False, offline=True),
    ]


# What Python itself raises for a value of another type, for a place that isn't there, and for text
# that is none.
USUAL = (TypeError, IndexError, UnicodeEncodeError)


def test_wrong_arguments_are_refused(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = cases(model, tmp_path)
    draw = random.Random(SEED)
    kinds, refused = {}, 0
    for number in range(CALLS):
        which = number % len(calls)
        try:
            calls[which](draw)
        except (docre.Error, *USUAL) as error:
            refused += 1
            kinds[type(error).__name__] = kinds.get(type(error).__name__, 0) + 1
            assert str(error).strip(), f"call {number} of kind {which} says nothing"
            assert len(str(error)) < 6_000, f"call {number} of kind {which}"
            is_exact = type(error) is not docre.Error
            assert is_exact, f"call {number}: an error of no kind: {error}"
    print(f"{refused} of {CALLS} refused: {kinds}")
    assert refused > 0.8 * CALLS
    assert {"DocumentError", "SettingError", "TypeError"} <= set(kinds)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda m: m.extract(5), TypeError),
        (lambda m: m.extract(None), TypeError),
        (lambda m: m.extract(b"bytes"), TypeError),
        (lambda m: m.extract(["a", 5]), TypeError),
        (lambda m: m.extract("a", min_score=2), docre.SettingError),
        (lambda m: m.extract("a", min_score="high"), TypeError),
        (lambda m: m.extract(["a"], batch=0), docre.SettingError),
        (lambda m: m.extract(["a"], batch=1.5), TypeError),
        (lambda m: m.extract({"title": "A"}), docre.DocumentError),
        (lambda m: m.extract({"title": "A", "text": "\ud800"}), docre.DocumentError),
        (lambda m: docre.read("nowhere"), docre.MissingFileError),
        (lambda m: docre.load("nowhere"), docre.FileError),
        (lambda m: docre.train({"name": "x"}), docre.SettingError),
        (lambda m: docre.train({"name": math.nan}), docre.SettingError),
        (lambda m: docre.train(5), TypeError),
        (lambda m: docre.train("quickstart", seeds=[-1]), docre.SettingError),
        (lambda m: docre.compare(["nowhere.toml"]), docre.MissingFileError),
    ],
)
def test_the_kind_tells_what_is_wrong(model, call, kind):
    with pytest.raises(kind):
        call(model)


def test_kinds_are_those_of_python_too():
    assert issubclass(docre.DocumentError, ValueError) and issubclass(docre.SettingError, ValueError)
    assert issubclass(docre.MissingFileError, FileNotFoundError)
    for kind in (docre.FileError, docre.LimitError, docre.NotSupportedError):
        assert issubclass(kind, docre.Error)
