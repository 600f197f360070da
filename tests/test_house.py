"""The house as it stands: what may import what, how big a file may be, what a template may say. Read from the source.

The ladder is read from the map in portal/__init__.py, so that the map cannot become untrue.
"""

import ast
import re
import sys
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

import portal
from app import create_app
from portal import settings
from tests.wording import words_outside_gettext

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
MODULES = [ROOT / "app.py", ROOT / "models.py", *sorted((ROOT / "portal").rglob("*.py"))]
# The migrations stand beside the ladder: alembic runs them, nobody imports them.
ON_THE_LADDER = [path for path in MODULES if "migrations" not in path.parts]
SOURCES = [
    path
    for folder in ("portal", "templates", "static", "tests", "bench", "script")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_ladder() -> dict[str, int]:
    """{module or package: level}, from lines like "6  portal/staff/  health      the doors never meet"."""
    ladder = {}
    for level, names in re.findall(r"^    (\d)  (\S+(?:  ?\S+)*)", portal.__doc__, re.M):
        for word in names.split("  "):
            name = word.rstrip("/").removesuffix(".py").replace("/", ".")
            ladder[name if name.startswith("portal") or name in ("app", "models") else f"portal.{name}"] = int(level)
    return ladder


LADDER = read_ladder()


def step_of(module: str) -> str | None:
    """The entry of the ladder that `module` belongs to: itself, or the package it lies in."""
    return next((name for name in (module, ".".join(module.split(".")[:2])) if name in LADDER), None)


def imports_of(path: Path) -> set[str]:
    """Every module that `path` imports, ours by the module that is meant: `from portal import db` is portal.db."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import hides where it leads"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in NAMES else node.module for name in names}
    return found


NAMES = {name_of(path) for path in MODULES}


def ours(path: Path) -> set[str]:
    return {name for name in imports_of(path) if name in NAMES} - {"portal"}


def in_folder(path: Path, folder: str) -> bool:
    return path.is_relative_to(ROOT / folder)


@pytest.fixture(scope="module")
def jinja(tmp_path_factory):
    return create_app(settings.read({"DATA_DIR": str(tmp_path_factory.mktemp("house"))})).jinja_env


# --- the ladder ---------------------------------------------------------------------------------------------------


def test_the_map_names_every_module():
    assert sorted(set(LADDER.values())) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {name for name in map(name_of, ON_THE_LADDER) if name != "portal" and not step_of(name)} == set()


def test_the_map_names_nothing_that_is_gone():
    assert {name for name in LADDER if name not in NAMES} == set()


@pytest.mark.parametrize("path", ON_THE_LADDER, ids=name_of)
def test_imports_point_down(path):
    name = name_of(path)
    if name == "portal":
        return
    level = LADDER[step_of(name)]
    assert {other for other in ours(path) if LADDER[step_of(other)] > level} == set()


DOORS = [name for name, level in LADDER.items() if level == 6]


@pytest.mark.parametrize("door", DOORS)
def test_doors_never_import_one_another(door):
    assert len(DOORS) > 2
    for path in ON_THE_LADDER:
        if step_of(name_of(path)) == door:
            assert {other for other in ours(path) if step_of(other) in DOORS and step_of(other) != door} == set()


@pytest.mark.parametrize("name", [*(name for name, level in LADDER.items() if level == 1), "portal.live"])
def test_the_lowest_import_nothing_of_ours(name):
    path = ROOT / f"{name.replace('.', '/')}.py"
    assert ours(path) == set()


def test_the_customers_door_never_imports_the_tables():
    files = [path for path in ON_THE_LADDER if in_folder(path, "portal/customer")]
    assert len(files) >= 4
    assert {name_of(path) for path in files if "models" in ours(path)} == set()


def test_the_migrations_import_nothing_that_may_change_under_them():
    files = [path for path in MODULES if in_folder(path, "portal/migrations/versions")]
    assert files
    assert {name_of(path) for path in files if ours(path)} == set()


NOT_FOR_RULES = {"flask", "werkzeug", "jinja2", "wtforms", "markupsafe", "requests", "smtplib", "socket", "gevent"}
NOT_FOR_RULES |= {"flask_login", "flask_wtf", "flask_babel", "flask_migrate", "subprocess", "http", "urllib"}


@pytest.mark.parametrize("path", [p for p in MODULES if in_folder(p, "portal/domain")], ids=name_of)
def test_a_rule_knows_no_web_and_no_network(path):
    assert {name for name in imports_of(path) if name.partition(".")[0] in NOT_FOR_RULES} == set()


@pytest.mark.parametrize("path", [p for p in MODULES if in_folder(p, "portal/domain")], ids=name_of)
def test_a_rule_never_says_commit_rollback_or_render(path):
    tree = ast.parse(path.read_text())
    said = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    said |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {word for word in said if re.fullmatch(r"commit|rollback|writing|render\w*", word)} == set()


@pytest.mark.parametrize("library", "argon2 segno PIL pillow_heif weasyprint pikepdf stripe smtplib boto3".split())
def test_a_library_for_the_outside_world_is_imported_in_one_file(library):
    users = {name_of(path) for path in MODULES if library in {name.partition(".")[0] for name in imports_of(path)}}
    assert len(users) <= 1
    assert all(name.startswith("portal.outside.") for name in users)


def test_every_library_is_in_the_requirements():
    wanted = (ROOT / "requirements.txt").read_text().lower().replace("-", "_")
    libraries = {name.partition(".")[0] for path in MODULES for name in imports_of(path)}
    libraries -= {"app", "models", "portal", "__future__"} | set(sys.stdlib_module_names)
    brought_by = {"werkzeug": "flask", "markupsafe": "flask", "click": "flask", "alembic": "flask_migrate"}
    brought_by |= {"argon2": "argon2_cffi", "babel": "flask_babel", "PIL": "pillow", "flask_migrate": "flask_migrate"}
    assert {name for name in libraries if brought_by.get(name, name) not in wanted} == set()


# server.py hands the environment to settings.read; first_start asks for the machine's own TZ, which is not a setting.
@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.name not in ("settings.py", "server.py", "first_start.py")], ids=name_of
)
def test_only_settings_reads_the_environment(path):
    assert not re.search(r"\b(os\.environ|getenv)\b", path.read_text())


# --- names and sizes ----------------------------------------------------------------------------------------------

BUDGETS = {
    "a module": (300, [p for p in MODULES if p.name != "models.py"]),
    "models.py": (900, [ROOT / "models.py"]),
    "a template": (100, sorted(TEMPLATES.rglob("*.html"))),
    "a style sheet": (250, sorted((ROOT / "static/css").rglob("*.css"))),
    "a script": (120, sorted((ROOT / "static/js").rglob("*.js"))),
}


@pytest.mark.parametrize("kind", BUDGETS)
def test_no_file_is_longer_than_its_budget(kind):
    most, files = BUDGETS[kind]
    assert files
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > most} == {}


@pytest.mark.parametrize("path", ON_THE_LADDER, ids=name_of)
def test_no_function_is_longer_than_forty_lines(path):
    functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
    lengths = {f.name: f.end_lineno - f.lineno + 1 for f in functions}
    wiring = {"create_app"}
    assert {name: length for name, length in lengths.items() if length > 40 and name not in wiring} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_in_one_line_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", "?"))


def test_nothing_is_named_after_nothing():
    empty = re.compile(r"(^|[_-])(utils?|helpers?|services?|common|managers?|misc|stuff|data|info)$", re.IGNORECASE)
    named = {part for path in SOURCES for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert {name for name in named if empty.search(name)} == set()


# --- templates ----------------------------------------------------------------------------------------------------

PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# For whom a folder is, and whose pieces it may use. What the office reads never travels to a customer.
MAY_USE = {
    "shared": {"shared"},
    "errors": {"errors", "shared"},
    "customer": {"customer", "shared"},
    "paper": {"paper", "shared"},
    "mail": {"mail", "shared"},
    "staff": {"staff", "shared"},
}


def parsed(jinja, page: str) -> nodes.Template:
    return jinja.parse((TEMPLATES / page).read_text())


@pytest.mark.parametrize("page", PAGES)
def test_a_template_uses_only_pieces_of_its_own_audience(jinja, page):
    kinds = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    for node in parsed(jinja, page).find_all(kinds):
        assert isinstance(node.template, nodes.Const), f"{page}:{node.lineno} says not by name which piece it uses"
        assert node.template.value.partition("/")[0] in MAY_USE[page.partition("/")[0]], f"{page}:{node.lineno}"
        assert node.template.value in PAGES, f"{page}:{node.lineno}"


def test_every_template_is_used():
    source = "".join(path.read_text() for path in [*MODULES, *TEMPLATES.rglob("*.html")])
    assert {page for page in PAGES if f"'{page}'" not in source and f'"{page}"' not in source} == set()


@pytest.mark.parametrize("page", PAGES)
def test_safe_is_said_of_literals_only(jinja, page):
    tree = parsed(jinja, page)
    literals = {
        node.target.name
        for node in tree.find_all(nodes.Assign)
        if isinstance(node.node, nodes.Dict) and all(isinstance(pair.value, nodes.Const) for pair in node.node.items)
    }
    for node in tree.find_all(nodes.Filter):
        if node.name in ("safe", "forceescape"):
            of = node.node.node if isinstance(node.node, nodes.Getitem) else node.node
            assert isinstance(of, nodes.Const) or of.name in literals, f"{page}:{node.lineno}"
    assert not list(tree.find_all((nodes.MarkSafe, nodes.MarkSafeIfAutoescape, nodes.ScopedEvalContextModifier)))


def test_markup_is_made_in_two_places_only():
    makers = {name_of(path) for path in MODULES if re.search(r"\bMarkup\(", path.read_text())}
    assert makers == {"portal.assets", "portal.outside.qr"}


@pytest.mark.parametrize("page", PAGES)
def test_a_template_has_no_style_attribute_no_handler_and_no_inline_script(jinja, page):
    text = "".join(value for _line, kind, value in jinja.lex((TEMPLATES / page).read_text()) if kind == "data")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text, re.IGNORECASE)
    assert not re.search(r"javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text, re.IGNORECASE)
    given = {node.key for node in parsed(jinja, page).find_all(nodes.Keyword)}
    assert {key for key in given if key == "style" or key.startswith("on")} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_word_that_a_person_reads_goes_through_gettext(jinja, page):
    assert words_outside_gettext(jinja, (TEMPLATES / page).read_text()) == []


@pytest.mark.parametrize("page", PAGES)
def test_what_goes_through_gettext_is_a_whole_literal(jinja, page):
    for call in parsed(jinja, page).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            said = call.args[:2] if call.node.name == "ngettext" else call.args[:1]
            assert all(isinstance(words, nodes.Const) for words in said), f"{page}:{call.lineno}"


def test_a_word_outside_gettext_is_found(jinja):
    """The check above can fail: it is asked about text, attributes and the words of an expression."""
    page = """
        <p class="lead {{ 'wide' if x }}" title="Bare title">{{ _('Good') }} Bare text {{ icon('phone') }}</p>
        <img alt="{{ _('Fine') }}" data-off="Bare state">{{ 'Bare word' if x else '99+' }}{{ name or 'Nobody' }}
        <style>.a { color: red }</style>"""
    assert words_outside_gettext(jinja, page) == ["Bare title", "Bare text", "Bare state", "Bare word", "Nobody"]


def test_flask_renders_templates_with_autoescape(jinja):
    assert isinstance(jinja.app, Flask)
    assert all(jinja.autoescape(page) for page in PAGES)
