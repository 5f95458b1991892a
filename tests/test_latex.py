"""LaTeX as plain text: what has a plain reading gets it, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.site.latex import readable


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"$0\nu\beta\beta$ Decay of $^{130}$Te", "0νββ Decay of ¹³⁰Te"),
        (r"$\mu-H$ Lamb shift", "μ-H Lamb shift"),
        (r"Gauged $\mathcal{N}=8$ Supergravity", "Gauged N=8 Supergravity"),
        (r"an $O(n \log n)$ algorithm", "an O(n log n) algorithm"),
        (r"$z^5$-term and $x_{12}$ and $10^{-3}$", "z⁵-term and x₁₂ and 10⁻³"),
        (r"$Q_W^p=0.064\pm0.012$", "Q_W^p=0.064±0.012"),
        (r"$\sin^2\theta_W$", "sin²θ_W"),
        (r"$T_{\mathrm{eff}} \sim 10$ K, $e^{i\phi}$", "T_eff ∼ 10 K, e^iφ"),
        (r"$\sqrt{s} = 13$ TeV, $\sqrt{s_{NN}}$", "√s = 13 TeV, √(s_NN)"),
        (r"$1\%$ of $a\,b$", "1% of a b"),
        (
            r"Schr\"odinger, Poincar\'e, {\'E}tale, Fr\'{e}chet, Erd{\"o}s",
            "Schrödinger, Poincaré, Étale, Fréchet, Erdös",
        ),
        (r"50\% better \& cheaper", "50% better & cheaper"),
        (r"\textit{Kepler} and \textbf{bold \emph{inside}} and \texttt{code}", "Kepler and bold inside and code"),
        (r"H\textsubscript{2}O, Ca\textsuperscript{2+}, T\textsubscript{c}", "H₂O, Ca²⁺, T_c"),
        (
            r"Erd\H{o}s, {\H o}, Ho\v{r}ava, \v Cech, Gr\"{o}bner, Mar\'{\i}a, Mart\'\i nez",
            "Erdős, ő, Hořava, Čech, Gröbner, María, Martínez",
        ),
        (
            r"\L{}ukasz, S{\o}ren, \AA ngstr\"om, stra\ss e, Fran\c{c}ois, \c{S}ahin",
            "Łukasz, Søren, Ångström, straße, François, Şahin",
        ),
        (r"{\it Swift} saw {\bf two}, {\em not} one", "Swift saw two, not one"),
        (r"\href{https://example.org/a}{the code} at \url{https://example.org}", "the code at https://example.org"),
        (r"\ce{CO2} and \ce{Fe2O3}, 20\deg{} wide, 5\,km", "CO₂ and Fe₂O₃, 20° wide, 5 km"),
        (r"\(x^2\) in \textbf{$\alpha$-RuCl$_3$}", "x² in α-RuCl₃"),
        (r"so-called ``dark'' matter", "so-called “dark” matter"),
        (r"hy\-phen\-ated", "hyphenated"),
    ],
)
def test_what_has_a_plain_reading_gets_it(text: str, plain: str) -> None:
    assert readable(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        r"CP Violation in {\boldmath $H \ra t \overline{t}$}",
        r"$\frac{a}{b}$ and $x^{$",
        r"costs $5 to $10, or $ 3 and $4",
        r"Alzheimer\'s disease, don\'t",
        r"$a}b{c$",
        r"C:\path\to and a ^ b _ c",
        "plain text",
        "$",
        r"$\unknown$",
        r"\textit{never closed",
        r"\cite{a} and \method{} and \footnote{b}",
        r"$\unknown \textbf{x}$",
        "5'' and 6``",
    ],
)
def test_all_else_stays_as_it_was_written(text: str) -> None:
    assert readable(text) == text


@given(st.text(alphabet=r"ab1 $\{}^_~%'\"") | st.text())
def test_no_text_breaks_it(text: str) -> None:
    said = readable(text)
    assert said == text or "$" in text or "\\" in text


def test_a_deeply_nested_formula_is_left_alone() -> None:
    text = "$" + "{" * 99 + "x" + "}" * 99 + "$"
    assert readable(text) == "x"
    assert readable(f"${'^' * 150}$") == f"${'^' * 150}$"
