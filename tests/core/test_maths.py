"""TeX as readable Unicode; whatever stands in it, there is something to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.maths import readable


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon", "xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε"),
        (r"E\left[\lVert\epsilon-\epsilon_\theta(x_t,t)\rVert^2\right]", "E[‖ ε − ε_θ(xₜ, t) ‖²]"),
        (r"q(x_t \mid x_{t-1}) = \mathcal{N}(\mu, \beta_t I)", "q(xₜ | xₜ₋₁) = N(μ, βₜ I)"),
        (r"\frac{1}{\sqrt{\alpha_t}}\left(x_t - \epsilon\right)", "1/√αₜ · (xₜ − ε)"),
        (r"\frac{a+b}{2} + \frac12", "(a + b)/2 + 1/2"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"\nabla_{x}\log p(x)", "∇ₓ log p(x)"),
        (r"\cos^2(t)", "cos²(t)"),
        (r"-1.2 - (-3)", "−1.2 − (−3)"),
        (r"\hat{x}_0 \approx \tilde\mu", "x̂₀ ≈ μ̃"),
        (r"L_{simple}", "L_simple"),
        (r"e^{-t/\tau}", "e^(−t/τ)"),
        (r"\sum_{t=1}^{T} \beta_t", "Σₜ₌₁ᵀ βₜ"),
        (r"\sqrt[3]{x+1}", "³√(x + 1)"),
        (r"\left. x \right|_{0}", "x |₀"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b\nc = d"),
        (r"\text{signal} \cdot \unknown", "signal · unknown"),
        ("", ""),
    ],
)
def test_formulas_read_as_they_are_written_by_hand(tex: str, words: str) -> None:
    assert readable(tex) == words


@pytest.mark.parametrize("tex", ["{" * 5000, "^" * 5000, "\\sqrt" * 5000, "\\", "_", r"\frac", r"\sqrt[", "}}}", "{a"])
def test_broken_formulas_are_shown_all_the_same(tex: str) -> None:
    assert isinstance(readable(tex), str)


@given(st.text(alphabet=r"\{}^_[]&ab1 -+=,~$" + "\n", max_size=60))
def test_no_text_is_too_strange(tex: str) -> None:
    assert "\u2063" not in readable(tex)
