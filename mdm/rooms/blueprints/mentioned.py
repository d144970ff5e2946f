"""What a blueprint mentions must be in the library, and its school's or the city's.

Not here: what a setting says by itself (policies.blueprint).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, tuple_

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from mdm.rooms.schools.models import School
from policies.blueprint import AbsentProfileSetting, AppSetting, ProfileSetting, Setting


@dataclass(frozen=True, slots=True)
class _Library:
    """What is there of what a blueprint mentions. pinned: (profile, version)."""

    by_id: dict[int, Profile]
    by_identifier: dict[str, Profile]
    pinned: frozenset[tuple[int, int]]
    apps: dict[str, App]


def with_mentioned(
    tx: Tx, school: School | None, settings: Sequence[Setting]
) -> tuple[Setting, ...]:
    """Refuse settings whose profile, version or app nobody here has.

    school: None for a blueprint of the city, which may use the city's profiles only.
    returns: the settings, apps with their number in the store as the library knows it.
    raises: InvalidInput with the place of the setting: not there, another school's, retired,
        wanted and unwanted at once, another number of the store than the library knows.
    """
    library = _load(tx, settings)
    for place, setting in enumerate(settings):
        for problem in _problems(setting, library, school, settings):
            path = f"settings[{place}].{problem.field}"
            raise InvalidInput(path, problem.problem, problem.next_step)
    return tuple(_with_number(setting, library) for setting in settings)


def without_numbers(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Settings of an old version, ready for the numbers that the library has now."""
    return tuple(
        replace(setting, store_id=None) if isinstance(setting, AppSetting) else setting
        for setting in settings
    )


def _with_number(setting: Setting, library: _Library) -> Setting:
    if not isinstance(setting, AppSetting):
        return setting
    return replace(setting, store_id=library.apps[setting.bundle_id].store_id)


def _load(tx: Tx, settings: Iterable[Setting]) -> _Library:
    wanted = [one for one in settings if isinstance(one, ProfileSetting)]
    unwanted = [one.identifier for one in settings if isinstance(one, AbsentProfileSetting)]
    bundles = [one.bundle_id for one in settings if isinstance(one, AppSetting)]
    numbers = [one.profile_id for one in wanted]
    profiles = tx.scalars(
        select(Profile).where(Profile.id.in_(numbers) | Profile.identifier.in_(unwanted))
    ).all()
    return _Library(
        {profile.id: profile for profile in profiles},
        {profile.identifier: profile for profile in profiles},
        _pinned(tx, [(one.profile_id, one.version) for one in wanted if one.version is not None]),
        {app.bundle_id: app for app in tx.scalars(select(App).where(App.bundle_id.in_(bundles)))},
    )


def _pinned(tx: Tx, wanted: list[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    column = tuple_(ProfileVersion.profile_id, ProfileVersion.version)
    query = select(ProfileVersion.profile_id, ProfileVersion.version).where(column.in_(wanted))
    return frozenset((profile, version) for profile, version in tx.execute(query))


def _problems(
    setting: Setting, library: _Library, school: School | None, settings: Sequence[Setting]
) -> Iterator[InvalidInput]:
    match setting:
        case ProfileSetting():
            profile = library.by_id.get(setting.profile_id)
            yield from _of_profile("profile_id", profile, school)
            if setting.version is not None:
                yield from _of_version(setting.profile_id, setting.version, library)
        case AbsentProfileSetting():
            profile = library.by_identifier.get(setting.identifier)
            yield from _of_profile("identifier", profile, school)
            if profile is not None and _wants(settings, profile):
                yield InvalidInput("identifier", "is wanted by another setting")
        case AppSetting():
            yield from _of_app(setting, library)


def _of_profile(
    field: str, profile: Profile | None, school: School | None
) -> Iterator[InvalidInput]:
    # Another school's profile looks like none at all.
    if profile is None or profile.school_id not in (None, school.id if school else None):
        yield InvalidInput(field, "names no profile of this library", "Save the profile first.")
    elif profile.retired_at is not None:
        yield InvalidInput(field, f"{profile.name} is no longer in use", "Choose another one.")


def _of_version(profile_id: int, version: int, library: _Library) -> Iterator[InvalidInput]:
    if (profile_id, version) not in library.pinned:
        yield InvalidInput("version", "does not exist", "Leave it out for the newest one.")


def _of_app(setting: AppSetting, library: _Library) -> Iterator[InvalidInput]:
    app = library.apps.get(setting.bundle_id)
    if app is None:
        yield InvalidInput("bundle_id", "names no app of the library", "Save the app first.")
    elif setting.store_id not in (None, app.store_id):
        yield InvalidInput("store_id", "is not the number that the library has", "Leave it out.")


def _wants(settings: Iterable[Setting], profile: Profile) -> bool:
    return any(isinstance(one, ProfileSetting) and one.profile_id == profile.id for one in settings)
