"""Templates: one Jinja2 environment a language, over the kit's own and each feature's ``templates/`` folder."""

from collections.abc import Mapping, Sequence
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import Final, cast

from aiohttp.web import AppKey
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from cinestreamd.feature import Feature
from cinestreamd.i18n import LANGUAGE_LABELS, LANGUAGE_NAMES, LANGUAGES, Language, translations
from cinestreamd.web import formats, urls
from cinestreamd.web.assets import Assets
from cinestreamd.web.text import clean_text


def feature_package(feature: Feature) -> str:
    """The import name of a feature's package."""
    return f"cinestreamd.features.{feature.name}"


class _InOneLanguage(Environment):
    """An environment whose catalogue never changes: words without values are looked up as a template is compiled.

    That saves a page some seventy calls.
    """

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        if "language" in self.globals:
            _Words(translations(cast("Language", self.globals["language"]))).visit(parsed)
        return parsed


class _InOneLanguageSandboxed(ImmutableSandboxedEnvironment, _InOneLanguage):
    """The same for templates that are not the product's own."""


class _Words(NodeTransformer):
    """Puts a text in the place of ``_("…")`` with nothing to fill in; like gettext's own, it counts as safe."""

    def __init__(self, catalogue: GNUTranslations | NullTranslations) -> None:
        self._catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own naming
        """Put one text in."""
        self.generic_visit(node)
        arguments = (node.args, node.kwargs, node.dyn_args, node.dyn_kwargs)
        if not (isinstance(node.node, nodes.Name) and node.node.name == "_" and not any(arguments[1:])):
            return node
        if len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        text = self._catalogue.gettext(node.args[0].value) % {}
        return nodes.Const(Markup(text), lineno=node.lineno)  # noqa: S704 - a catalogue's text is the product's own


class Templates:
    """The templates of the kit ("base.html") and of features ("guide/city.html"), in every language.

    A feature's ``every_page.html`` ends each page's body. A theme's templates, by name, take the place of those; as
    "default/NAME" they reach them still. What is rendered with a theme is sandboxed.
    """

    def __init__(self, features: Sequence[Feature], assets: Assets, *, theme: Mapping[str, str] | None = None) -> None:
        loader = _loader(features)
        tails = [name for name in loader.list_templates() if name.endswith("/every_page.html")]
        kind: type[Environment] = _InOneLanguage
        if theme is not None:
            kind = _InOneLanguageSandboxed
            loader = ChoiceLoader([DictLoader(dict(theme)), loader, PrefixLoader({"default": loader})])
        self._environments = {language: _environment(kind, language, loader, assets) for language in LANGUAGES}
        for environment in self._environments.values():
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
    environment.globals.update(
        language=language,
        language_labels=LANGUAGE_LABELS,
        language_names=LANGUAGE_NAMES,
        asset=assets.url,
        urls=urls,
        format_number=formats.format_number,
    )
    return environment
