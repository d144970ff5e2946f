"""Which reader understands which answer.

For those who handle every answer alike; who knows the question imports its reader.
"""

from collections.abc import Callable, Mapping

from profiles.commands.answers.app_details import (
    read_app_attributes,
    read_app_configurations,
    read_app_feedback,
)
from profiles.commands.answers.apps import (
    read_app_installation,
    read_installed_apps,
    read_managed_apps,
)
from profiles.commands.answers.books import read_book_installation, read_books
from profiles.commands.answers.certificates import read_certificates
from profiles.commands.answers.device import read_device_information
from profiles.commands.answers.fields import Values
from profiles.commands.answers.location import read_location
from profiles.commands.answers.outcomes import read_invitation_result, read_mirroring_result
from profiles.commands.answers.profiles import read_profiles, read_provisioning_profiles
from profiles.commands.answers.restrictions import read_restrictions
from profiles.commands.answers.security import (
    read_bypass_code,
    read_lock_message,
    read_security_info,
)
from profiles.commands.answers.settings import read_settings_results
from profiles.commands.answers.updates import (
    read_available_updates,
    read_update_results,
    read_update_status,
)
from profiles.commands.answers.users import read_users
from profiles.commands.vocabulary import AnswerKind

READERS: Mapping[AnswerKind, Callable[[Values], object]] = {
    AnswerKind.DEVICE_INFORMATION: read_device_information,
    AnswerKind.SECURITY_INFO: read_security_info,
    AnswerKind.INSTALLED_APPS: read_installed_apps,
    AnswerKind.MANAGED_APPS: read_managed_apps,
    AnswerKind.APP_ATTRIBUTES: read_app_attributes,
    AnswerKind.APP_CONFIGURATIONS: read_app_configurations,
    AnswerKind.APP_FEEDBACK: read_app_feedback,
    AnswerKind.APP_INSTALLATION: read_app_installation,
    AnswerKind.PROGRAM_INVITATION: read_invitation_result,
    AnswerKind.PROFILES: read_profiles,
    AnswerKind.CERTIFICATES: read_certificates,
    AnswerKind.PROVISIONING_PROFILES: read_provisioning_profiles,
    AnswerKind.RESTRICTIONS: read_restrictions,
    AnswerKind.BOOKS: read_books,
    AnswerKind.BOOK_INSTALLATION: read_book_installation,
    AnswerKind.LOCATION: read_location,
    AnswerKind.LOCK_MESSAGE: read_lock_message,
    AnswerKind.BYPASS_CODE: read_bypass_code,
    AnswerKind.USERS: read_users,
    AnswerKind.MIRRORING: read_mirroring_result,
    AnswerKind.AVAILABLE_UPDATES: read_available_updates,
    AnswerKind.UPDATE_RESULTS: read_update_results,
    AnswerKind.UPDATE_STATUS: read_update_status,
    AnswerKind.SETTINGS: read_settings_results,
}


def read_answer(kind: AnswerKind, body: Values) -> object | None:
    """Read the answer of an acknowledged command; None if it has nothing beside its status.

    raises: MalformedMessage, if the answer is of another kind as a whole.
    """
    reader = READERS.get(kind)
    return None if reader is None else reader(body)
