"""Templates: one Jinja2 environment a language, over the kit's own and each feature's ``templates/`` folder."""

from collections.abc import Mapping, Sequence
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import TYPE_CHECKING, Final

from aiohttp.web import AppKey
from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    DictLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from cinestreamd.feature import Feature
from cinestreamd.i18n import LANGUAGE_LABELS, LANGUAGE_NAMES, LANGUAGES, Language, translations
from cinestreamd.web import formats, urls
from cinestreamd.web.assets import Assets
from cinestreamd.web.text import clean_text, readable_quote

if TYPE_CHECKING:
    from types import CodeType


def feature_package(feature: Feature) -> str:
    """The import name of a feature's package."""
    return f"cinestreamd.features.{feature.name}"


class _Words(dict[str, Markup]):
    """What texts without values are in one language; like gettext's own, they count as safe."""

    def __init__(self, catalogue: GNUTranslations | NullTranslations) -> None:
        super().__init__()
        self._catalogue = catalogue

    def __missing__(self, text: str) -> Markup:
        word = self[text] = Markup(self._catalogue.gettext(text) % {})  # noqa: S704 - the product's own catalogue
        return word


class _Addresses(dict[str, Markup]):
    """The addresses of static files; none holds what would have to be escaped."""

    def __init__(self, assets: Assets) -> None:
        super().__init__()
        self._assets = assets

    def __missing__(self, name: str) -> Markup:
        address = self[name] = escape(self._assets.url(name))
        return address


class _Environment(Environment):
    """An environment in which a text without values, and a static file's address, is looked up in one step.

    That is some eighty calls a page less.
    """

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        _LookUp().visit(parsed)
        return parsed


class _SandboxedEnvironment(ImmutableSandboxedEnvironment, _Environment):
    """The same for templates that are not the product's own."""


_TABLES: Final = {"_": "_words", "asset": "_addresses"}


class _LookUp(NodeTransformer):
    """Puts ``_words["…"]`` in the place of ``_("…")`` with nothing to fill in; so with static files' addresses."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own naming
        """Put one look-up in."""
        self.generic_visit(node)
        arguments = (node.args, node.kwargs, node.dyn_args, node.dyn_kwargs)
        if not (isinstance(node.node, nodes.Name) and node.node.name in _TABLES and not any(arguments[1:])):
            return node
        if len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        table = nodes.Name(_TABLES[node.node.name], "load", lineno=node.lineno)
        return nodes.Getitem(table, node.args[0], "load", lineno=node.lineno)


class _Compiled(BytecodeCache):
    """The code of each template, for the environments of all languages: it is the same, what it looks up is not."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        bucket.code = self._code.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        if bucket.code is not None:
            self._code[bucket.key] = bucket.code


class Templates:
    """The templates of the kit ("base.html") and of features ("guide/city.html"), in every language.

    A feature's ``every_page.html`` ends each page's body. A theme's templates, by name, take the place of those; as
    "default/NAME" they reach them still. What is rendered with a theme is sandboxed.
    """

    def __init__(self, features: Sequence[Feature], assets: Assets, *, theme: Mapping[str, str] | None = None) -> None:
        loader = _loader(features)
        tails = [name for name in loader.list_templates() if name.endswith("/every_page.html")]
        kind: type[Environment] = _Environment
        if theme is not None:
            kind = _SandboxedEnvironment
            loader = ChoiceLoader([DictLoader(dict(theme)), loader, PrefixLoader({"default": loader})])
        self._environments = {language: _environment(kind, language, loader, assets) for language in LANGUAGES}
        compiled = _Compiled()
        for environment in self._environments.values():
            environment.bytecode_cache = compiled
            environment.globals["every_page"] = tails
        self._rare = tuple(f"{feature.name}/" for feature in features if feature.rare)

    @property
    def plain(self) -> "Templates":
        """The product's own, without any theme."""
        return self

    def render(self, name: str, language: Language, context: Mapping[str, object]) -> bytes:
        """The template ``name`` with ``context``, as UTF-8."""
        return self._environments[language].get_template(name).render(context).encode()

    def compile_all(self) -> None:
        """Compile every template now rather than with the first request, except for the rare ones."""
        for environment in self._environments.values():
            for name in environment.list_templates(extensions=["html", "xml"]):
                if not name.startswith(self._rare):
                    environment.get_template(name)


TEMPLATES: Final = AppKey("templates", Templates)


def _loader(features: Sequence[Feature]) -> BaseLoader:
    packages = {feature.name: feature_package(feature) for feature in features}
    own = {
        name: PackageLoader(package)
        for name, package in packages.items()
        if (resources.files(package) / "templates").is_dir()
    }
    return ChoiceLoader([PackageLoader("cinestreamd.web"), PrefixLoader(own)])


def _environment(kind: type[Environment], language: Language, loader: BaseLoader, assets: Assets) -> Environment:
    environment = kind(
        loader=loader,
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    environment.filters["clean"] = clean_text
    environment.filters["readable"] = readable_quote
    environment.globals.update(
        language=language,
        _words=_Words(catalogue),
        _addresses=_Addresses(assets),
        language_labels=LANGUAGE_LABELS,
        language_names=LANGUAGE_NAMES,
        asset=assets.url,
        urls=urls,
        format_number=formats.format_number,
    )
    return environment
