"""arXiv's categories: the taxonomy of today, and the archives of before 2008 that papers still lie under."""

import difflib

_SUBJECTS = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC"
    " SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "math-ph": "",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph"
    " geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}
_CLOSED = frozenset(
    {
        "acc-phys",
        "adap-org",
        "alg-geom",
        "ao-sci",
        "atom-ph",
        "bayes-an",
        "chao-dyn",
        "chem-ph",
        "cmp-lg",
        "comp-gas",
        "dg-ga",
        "funct-an",
        "mtrl-th",
        "patt-sol",
        "plasm-ph",
        "q-alg",
        "solv-int",
        "supr-con",
    }
)
"Archives that take no papers any more; their papers keep the name."

ARCHIVES = _CLOSED | set(_SUBJECTS)
"What an old-style id begins with, and what stands before the point of a category."
CATEGORIES = tuple(
    sorted((*ARCHIVES, *(f"{archive}.{subject}" for archive, names in _SUBJECTS.items() for subject in names.split())))
)
"Every category, and every archive, which stands for all that lies beneath it."

_KNOWN = frozenset(CATEGORIES)
_FOLDED = {name.casefold(): name for name in CATEGORIES}
_LONGEST = 40
"Characters of a name that near ones are looked for; the longest category has 19."
_MOST = 4


def is_category(name: str) -> bool:
    """Whether arXiv has a category or archive of exactly this name."""
    return name in _KNOWN


def is_like_category(name: str) -> bool:
    """Whether arXiv has a category or archive of this name, whatever the case of its letters."""
    return name.casefold() in _FOLDED


def near(name: str) -> tuple[str, ...]:
    """The categories that somebody may have meant, likeliest first; empty where none is like the name."""
    wanted = name.strip().casefold()[:_LONGEST].removesuffix(".*").replace(":", ".").replace("/", ".").replace("_", "-")
    subject = wanted.rpartition(".")[2]
    same = [_FOLDED[text] for text in dict.fromkeys((wanted, subject)) if text in _FOLDED]
    beneath = [known for folded, known in _FOLDED.items() if subject and folded.partition(".")[2] == subject]
    beneath.sort(key=lambda known: not wanted.startswith(known.partition(".")[0]))
    alike = [_FOLDED[text] for text in difflib.get_close_matches(wanted, _FOLDED, _MOST, 0.7)]
    archive = [_FOLDED[text] for text in [wanted.partition(".")[0]] if text in _FOLDED]
    if wanted in _FOLDED:
        return (_FOLDED[wanted],)
    return tuple(dict.fromkeys([*same, *beneath, *alike, *archive]))[:_MOST]
