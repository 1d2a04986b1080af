r"""TeX formulas as one line of readable Unicode: `\sqrt{\bar\alpha_t}\,x_0` becomes `√ᾱₜ x₀`.

For formulas inside documents, where no authored text stands beside the TeX. Nothing raises: a command
that is not known stands there by its name, a formula that is too deep as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

DEEPEST = 30
"""Levels of braces; a formula beyond it is shown as written."""
_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|\s+|.", re.DOTALL)

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "nabla": "∇", "partial": "∂", "infty": "∞", "emptyset": "∅", "varnothing": "∅",
    "sum": "Σ", "prod": "∏", "int": "∫", "ell": "ℓ", "hbar": "ℏ", "forall": "∀", "exists": "∃", "ldots": "…",
    "dots": "…", "cdots": "⋯", "vdots": "⋮", "prime": "′", "Vert": "‖", "lVert": "‖ ", "rVert": " ‖", "|": "‖",
    "vert": "|", "lvert": "|", "rvert": "|", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "{": "{", "}": "}", "_": "_", "%": "%", "$": "$", "#": "#", "&": "&", "top": "⊤",
    "circ": "∘", "degree": "°", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": "  ", "qquad": "    ",
}  # fmt: skip
_BETWEEN = {
    "cdot": "·", "times": "×", "pm": "±", "mp": "∓", "div": "÷", "ast": "∗", "odot": "⊙", "otimes": "⊗",
    "oplus": "⊕", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
    "equiv": "≡", "sim": "~", "simeq": "≃", "propto": "∝", "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉",
    "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "gets": "←", "mapsto": "↦", "leftrightarrow": "↔", "Rightarrow": "⇒", "Leftarrow": "⇐", "iff": "⇔",
    "implies": "⇒", "mid": "|", "parallel": "‖", "land": "∧", "lor": "∨", "coloneqq": ":=",
}  # fmt: skip
"""With a space on either side."""
_ACCENTS = {
    "bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7",
}  # fmt: skip
_FONTS = {
    "text", "textrm", "textbf", "textit", "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathbb",
    "mathfrak", "mathscr", "boldsymbol", "bm", "operatorname", "operatorname*", "mbox", "hbox", "underbrace",
}  # fmt: skip
_SILENT = {
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "middle", "displaystyle",
    "textstyle", "limits", "nolimits", "nonumber", "mathstrut",
}  # fmt: skip
_RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzT⊤βγδθφχ*′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᵀᵝᵞᵟᶿᵠᵡ*′",
        strict=True,
    )
)
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_FUNCTIONS = {
    "log", "ln", "exp", "min", "max", "arg", "argmin", "argmax", "sin", "cos", "tan", "tanh", "det", "lim", "sup",
    "inf",
}  # fmt: skip
_TIGHT = re.compile(r"[^\s+−=/·×,]+|√?\([^()]*\)")
"""What needs no brackets under a root or in a fraction."""
_AFTER = "\u2063"
"""Stands after a fraction until what follows is known: a factor is set apart from the denominator."""


def readable(tex: str) -> str:
    """The formula on one line (on several where the TeX breaks it)."""
    depth = deepest = 0
    for letter in tex:
        depth += (letter == "{") - (letter == "}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        return tex
    words = re.sub(f"{_AFTER}\\s*(?=[\\w(√‖])", " · ", _Reader(tex).sequence()).replace(_AFTER, "")
    rows = [" ".join(row.split()) for row in words.split("\n")]
    return "\n".join(re.sub(r"([(\[{]) | (?=[)\]},])", r"\1", row) for row in rows if row)


class _Reader:
    """Reads tokens one after the other."""

    def __init__(self, tex: str) -> None:
        self._tokens: Iterator[str] = iter(_TOKEN.findall(tex))
        self._ahead: str | None = None
        self._level = 0

    def _next(self) -> str:
        """The next token; empty at the end."""
        token, self._ahead = self._ahead, None
        return next(self._tokens, "") if token is None else token

    def _peek(self) -> str:
        if self._ahead is None:
            self._ahead = next(self._tokens, "")
        return self._ahead

    def _skip_spaces(self) -> None:
        while self._peek().isspace():
            self._next()

    def sequence(self, closing: str = "") -> str:
        """Everything up to the closing token, or to the end."""
        parts: list[str] = []
        while (token := self._next()) and token != closing:
            parts.append(self._sign(token, "".join(parts)))
        return "".join(parts)

    def _sign(self, token: str, before: str) -> str:
        match token:
            case "{":
                return self.sequence("}")
            case "^":
                return _script(self._argument(), _RAISED, "^")
            case "_":
                return _script(self._argument(), _LOWERED, "_")
            case "}" | "&":
                return ""
            case "~":
                return " "
            case "-":
                return " − " if before.rstrip() and before.rstrip()[-1] not in "(=<>,[{−+·×" else "−"
            case ",":
                return ", "
            case "+" | "=" | "<" | ">":
                return f" {token} "
            case "\\\\":
                return "\n"
        return self._command(token[1:]) if token[0] == "\\" else token

    def _argument(self) -> str:
        """A group in braces, or the one sign that follows."""
        self._skip_spaces()
        token = self._next()
        self._level += 1
        try:
            return "" if not token or self._level > DEEPEST else self._sign(token, "").strip()
        finally:
            self._level -= 1

    def _command(self, name: str) -> str:
        if name in _SILENT:
            if self._peek() == ".":  # \left. draws nothing
                self._next()
            return ""
        if name in _FUNCTIONS:
            self._skip_spaces()
            return f" {name}" if self._peek() in ("(", "^", "_", r"\left") else f" {name} "
        if name in ("nabla", "partial"):
            self._skip_spaces()
        if name in _BETWEEN:
            return f" {_BETWEEN[name]} "
        if name in _ACCENTS:
            return _accented(self._argument(), _ACCENTS[name])
        if name in ("begin", "end"):
            self._argument()
            return ""
        if name in _FONTS:
            return self._argument()
        return _SHAPES[name](self) if name in _SHAPES else _SYMBOLS.get(name, name)

    def fraction(self) -> str:
        above, below = self._argument(), self._argument()
        return f"{_bracketed(above)}/{_bracketed(below)}{_AFTER}"

    def root(self) -> str:
        degree = ""
        if self._peek() == "[":
            self._next()
            degree = _script(self.sequence("]"), _RAISED, "")
        return f"{degree}√{_bracketed(self._argument())}"

    def binomial(self) -> str:
        return f"C({self._argument()}, {self._argument()})"


_SHAPES: dict[str, Callable[[_Reader], str]] = {
    "frac": _Reader.fraction, "dfrac": _Reader.fraction, "tfrac": _Reader.fraction,
    "sqrt": _Reader.root, "binom": _Reader.binomial,
}  # fmt: skip


def _bracketed(words: str) -> str:
    words = words.replace(_AFTER, "")
    return words if _TIGHT.fullmatch(words) else f"({words})"


def _accented(words: str, accent: str) -> str:
    """The accent on the first letter; a script after it stays as it is."""
    return unicodedata.normalize("NFC", words[:1] + accent) + words[1:] if words else ""


def _script(words: str, letters: dict[str, str], mark: str) -> str:
    """Raised or lowered letters where all of them exist, else the mark and the words; a word stays one."""
    words = words.replace(_AFTER, "")
    tight = words.replace(" ", "")
    is_word = len(tight) > 2 and tight.isascii() and tight.isalpha()
    if all(letter in letters for letter in tight) and not is_word:
        return "".join(letters[letter] for letter in tight)
    return f"{mark}{words}" if len(tight) <= 1 or tight.isalpha() else f"{mark}({words})"
