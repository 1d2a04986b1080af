from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import labs
from labs.kit.compare import compare
from labs.kit.spec import Choice, Knob, KnobError, Lab, Prediction, Sizes, said, sizes_for

LAB = Lab(
    name="toy",
    title="Toy",
    question="?",
    knobs=(
        Knob("steps", "int", 10, "how many", low=1, high=100, quick=5, gpu=50),
        Knob("scale", "float", 1.0, "", low=0, high=20),
        Knob("scales", "numbers", (1, 2), "", low=0, high=20, quick=(1,)),
        Knob("kind", "choice", "a", "", choices=("a", "b")),
        Knob("kinds", "choices", ("a", "b"), "", choices=("a", "b")),
        Knob("image", "picture", "", ""),
    ),
    prediction=Prediction("?", "x", (Choice("low", 0, 1), Choice("high", 1, 2)), fixes=("scale", "scales")),
    seconds_cpu=1,
    seconds_quick=1,
    tolerances={"x, fine": 0.1, "x*": 1.0},
)


SIZES: tuple[Sizes, ...] = ("usual", "quick", "gpu")


def test_importing_the_descriptions_loads_nothing_heavy() -> None:
    code = (
        "import sys, labs; labs.all_labs(); "
        "print(sorted({'torch', 'numpy', 'matplotlib', 'diffusers', 'PIL', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", labs.NAMES)
def test_every_description_is_whole(name: str) -> None:
    lab = labs.load(name)
    assert lab.name == name
    assert lab.parameters({}) == {knob.name: knob.default for knob in lab.knobs}
    for knob in lab.knobs:
        for sizes in SIZES:
            value = knob.default_of(sizes)
            assert knob.parse(said(value)) == value, "the default is a value it takes"
    for sizes in SIZES:
        assert not lab.unmarkable(lab.parameters({}, sizes)), "its own sizes answer what it asks"
    assert lab.tolerance(lab.prediction.metric) is not None or lab.prediction.choices


def test_choices_of_a_prediction_neither_overlap_nor_leave_gaps() -> None:
    for lab in labs.all_labs():
        for before, after in zip(lab.prediction.choices, lab.prediction.choices[1:], strict=False):
            assert before.high == after.low


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("steps=7", 7),
        ("scale=2.5", 2.5),
        ("scales=1, 2.5,20", (1.0, 2.5, 20.0)),
        ("kind=b", "b"),
        ("kinds=b", ("b",)),
        ("image=", ""),
        (f"image={__file__}", __file__),
    ],
)
def test_values_are_read(setting: str, value: object) -> None:
    name, _, text = setting.partition("=")
    assert LAB.parameters({name: text})[name] == value


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("steps=0", "from 1 to 100"),
        ("steps=1.5", "a whole number"),
        ("scale=nan", "from 0 to 20"),
        ("scale=inf", "from 0 to 20"),
        ("scales=", "separated by commas"),
        ("scales=1,30", "from 0 to 20"),
        ("kind=c", "one of a, b"),
        ("kinds=a,c", "some of a, b"),
        ("image=/no/such.png", "PNG or JPEG"),
        ("speed=1", "steps, scale, scales, kind, kinds, image"),
    ],
)
def test_a_refusal_names_what_is_allowed(setting: str, named: str) -> None:
    name, _, text = setting.partition("=")
    with pytest.raises(KnobError, match=named):
        LAB.parameters({name: text})


@pytest.mark.parametrize(("sizes", "steps"), [("usual", 10), ("quick", 5), ("gpu", 50)])
def test_sizes_give_way_to_settings(sizes: Sizes, steps: int) -> None:
    assert LAB.parameters({}, sizes) == LAB.parameters({}) | {"steps": steps, "scales": LAB.knobs[2].default_of(sizes)}
    assert LAB.parameters({"steps": "70"}, sizes)["steps"] == 70


@pytest.mark.parametrize(
    ("quick", "device", "model", "sizes"),
    [
        (False, "cpu", None, "usual"),
        (False, "cpu, 1 thread", None, "usual"),
        (False, "mps", None, "usual"),
        (False, "auto", None, "usual"),
        (False, "cuda", None, "gpu"),
        (False, "cuda: a card", "", "gpu"),
        (False, "cuda", "/a/large/pipeline", "usual"),
        (True, "cuda", None, "quick"),
    ],
)
def test_a_gpu_has_its_own_sizes(quick: bool, device: str, model: str | None, sizes: Sizes) -> None:
    assert sizes_for(quick, device, model) == sizes


def test_a_knob_tells_all_its_sizes() -> None:
    steps, scale, scales, *_ = LAB.knobs
    assert steps.line() == "steps=10  how many (a whole number from 1 to 100; 5 when quick, 50 on a GPU)"
    assert scale.line() == "scale=1   (a number from 0 to 20)"
    assert scales.line().startswith("scales=1,2 ")


def test_a_run_with_a_gpus_sizes_says_which_and_how_to_compare_it() -> None:
    assert LAB.sizes_note({}) == "A GPU's sizes: steps=50. To compare a run with the reference, set steps=10."
    assert LAB.sizes_note({"steps": "10"}) == ""


def test_a_prediction_is_not_marked_by_a_run_that_measured_another_thing() -> None:
    usual = LAB.parameters({})
    assert LAB.unmarkable(usual) == ""
    assert LAB.unmarkable(usual | {"steps": 3}) == "", "the question leaves it open"
    assert LAB.unmarkable(usual | {"scale": 2.5}) == "it asks about scale=1, and this run has scale=2.5"
    assert LAB.unmarkable(usual | {"scales": [1.0, 2.0]}) == "", "as JSON has it"
    assert LAB.unmarkable(usual | {"scales": (1,)}) == "", "the quick form's own"
    assert LAB.unmarkable({"scales": [1, 0.5]}) == "it asks about scales=1,2, and this run has scales=1,0.5"


def test_predictions_are_marked() -> None:
    prediction = LAB.prediction
    assert prediction.right("low", 0.5)
    assert prediction.right("2", 1.0)
    assert not prediction.right("low", 1.0)
    with pytest.raises(KnobError, match="from 1 to 2"):
        prediction.right("3", 0.5)
    number = Prediction("?", "x", tolerance=0.5)
    assert number.right("1.4", 1.0)
    assert not number.right("1.6", 1.0)
    with pytest.raises(KnobError, match="not a number"):
        number.right("many", 1.0)


def test_comparison_with_a_reference() -> None:
    def run(**values: float) -> dict[str, object]:
        return {"params": {"steps": 10}, "metrics": [{"name": name, "value": value} for name, value in values.items()]}

    reference = run(**{"x": 1.0, "x, fine": 1.0, "time": 5.0})
    compared = {c.name: c for c in compare(LAB, run(**{"x": 1.5, "x, fine": 1.5, "time": 5.0, "x2": 0.0}), reference)}
    assert {name: c.verdict for name, c in compared.items()} == {
        "x": "reproduced",
        "x, fine": "differs",
        "time": "not comparable",
        "x2": "not comparable",
    }
    assert compared["x, fine"].difference == 0.5
    other = run(x=1.0) | {"params": {"steps": 20}}
    assert compare(LAB, other, reference)[0].verdict == "not comparable"


def test_references_are_small() -> None:
    files = [file for file in Path(labs.REFERENCE).rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 2_000_000
