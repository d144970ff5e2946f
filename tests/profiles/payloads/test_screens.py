"""App lock, home screen, notifications, lock screen and web clips."""

from typing import Any

import pytest

from profiles.payloads.app_lock import AppLock, LockOption, UserOption, app_lock_payload
from profiles.payloads.home_screen import (
    AppIcon,
    Folder,
    HomeScreen,
    WebClipIcon,
    home_screen_payload,
)
from profiles.payloads.lock_screen import LockScreenTexts, lock_screen_payload
from profiles.payloads.notifications import Alert, AppNotifications, notifications_payload
from profiles.payloads.web_clip import WebClip, web_clip_payload
from profiles.schema.tables import facts_of
from profiles.variables import DeviceVariables
from tests.profiles.payloads.examples import a_picture
from tests.profiles.payloads.support import APP, IDENTIFIER, content_of, refused


class TestAppLock:
    def test_only_what_is_switched_on_is_written(self) -> None:
        lock = AppLock(APP, frozenset({LockOption.NO_AUTO_LOCK}), frozenset({UserOption.ZOOM}))

        assert content_of(app_lock_payload(lock, IDENTIFIER)) == {
            "App": {
                "Identifier": APP,
                "Options": {"DisableAutoLock": True},
                "UserEnabledOptions": {"Zoom": True},
            }
        }

    def test_a_plain_lock_names_nothing_but_the_app(self) -> None:
        assert content_of(app_lock_payload(AppLock(APP), IDENTIFIER)) == {
            "App": {"Identifier": APP}
        }

    @pytest.mark.parametrize("app", ["", "App", "com..app", "com.example.app ", "com.example.*"])
    def test_what_is_no_app_is_refused(self, app: str) -> None:
        assert refused(lambda: AppLock(app)).field == "App.Identifier"


class TestHomeScreen:
    def test_apps_folders_and_web_clips_are_written_as_devices_read_them(self) -> None:
        screen = HomeScreen(
            pages=((AppIcon(APP), Folder("Mehr", ((WebClipIcon("https://example.org/"),),))),)
        )

        assert content_of(home_screen_payload(screen, IDENTIFIER)) == {
            "Dock": [],
            "Pages": [
                [
                    {"Type": "Application", "BundleID": APP},
                    {
                        "Type": "Folder",
                        "DisplayName": "Mehr",
                        "Pages": [[{"Type": "WebClip", "URL": "https://example.org/"}]],
                    },
                ]
            ],
        }

    def test_an_app_may_stand_in_one_place_only(self) -> None:
        folder = Folder("Mehr", ((AppIcon(APP),),))

        error = refused(lambda: HomeScreen(pages=((folder,),), dock=(AppIcon(APP),)))

        assert error.field == "BundleID[1]"

    def test_a_web_clip_has_a_web_address(self) -> None:
        assert refused(lambda: WebClipIcon("example")).field == "URL"

    @pytest.mark.parametrize(
        ("pages", "field"), [((), "Pages"), (((AppIcon(APP),), ()), "Pages[1]")]
    )
    def test_no_page_may_be_empty(self, pages: Any, field: str) -> None:
        assert refused(lambda: HomeScreen(pages)).field == field

    @pytest.mark.parametrize(("name", "field"), [("", "DisplayName"), ("Mehr", "Pages")])
    def test_a_folder_needs_a_name_and_an_icon(self, name: str, field: str) -> None:
        assert refused(lambda: Folder(name, ((),))).field == field


class TestNotifications:
    def test_an_app_without_an_opinion_on_previews_leaves_them_to_the_person(self) -> None:
        content = content_of(
            notifications_payload((AppNotifications(APP, alert=Alert.NONE),), IDENTIFIER)
        )

        (app,) = content["NotificationSettings"]
        assert app["AlertType"] == 0
        assert "PreviewType" not in app

    def test_what_nobody_chose_is_what_apple_would_choose(self) -> None:
        content = content_of(notifications_payload((AppNotifications(APP),), IDENTIFIER))
        item = facts_of("com.apple.notificationsettings").keys["NotificationSettings"].item
        assert item is not None
        assert item.keys is not None

        (app,) = content["NotificationSettings"]

        usual = {name: facts.default for name, facts in item.keys.items()}
        assert app == {"BundleIdentifier": APP} | {
            name: default for name, default in usual.items() if default is not None
        }

    def test_an_app_has_one_entry(self) -> None:
        twice = (AppNotifications(APP), AppNotifications(APP.upper()))

        error = refused(lambda: notifications_payload(twice, IDENTIFIER))

        assert error.field == "NotificationSettings[1]"

    def test_no_app_at_all_is_refused(self) -> None:
        error = refused(lambda: notifications_payload((), IDENTIFIER))

        assert error.field == "NotificationSettings"


class TestLockScreen:
    def test_texts_speak_of_the_device(self) -> None:
        payload = lock_screen_payload(LockScreenTexts("$SCHOOL", "$SERIAL"), IDENTIFIER)
        device = DeviceVariables(serial="DMPTEST00001", school="Beispielschule Nord")

        assert content_of(payload, device) == {
            "LockScreenFootnote": "Beispielschule Nord",
            "AssetTagInformation": "DMPTEST00001",
        }

    @pytest.mark.parametrize(
        ("texts", "field"),
        [
            ({}, "LockScreenFootnote"),
            ({"footnote": "", "asset_tag": ""}, "LockScreenFootnote"),
            ({"asset_tag": "x" * 201}, "AssetTagInformation"),
        ],
    )
    def test_saying_nothing_or_too_much_is_refused(self, texts: dict[str, str], field: str) -> None:
        assert refused(lambda: LockScreenTexts(**texts)).field == field

    def test_an_unknown_variable_is_refused_before_saving(self) -> None:
        error = refused(lambda: lock_screen_payload(LockScreenTexts("$PUPIL"), IDENTIFIER))

        assert error.field == "LockScreenFootnote"


class TestWebClips:
    def test_a_clip_stays_unless_it_may_be_removed(self) -> None:
        content = content_of(web_clip_payload(WebClip("Plan", "https://example.org/"), IDENTIFIER))

        assert content == {
            "Label": "Plan",
            "URL": "https://example.org/",
            "IsRemovable": False,
            "FullScreen": False,
        }

    @pytest.mark.parametrize(
        ("icon", "problem"),
        [
            (b"", "PNG"),
            (b"\xff\xd8\xff\xe0 a photograph", "PNG"),
            (a_picture()[:20], "PNG"),
            (a_picture(120, 121), "square"),
            (a_picture(401, 401), "square"),
            (a_picture(0, 0), "square"),
            (a_picture() + bytes(600_000), "big"),
        ],
    )
    def test_only_small_square_png_pictures_are_icons(self, icon: bytes, problem: str) -> None:
        error = refused(lambda: WebClip("Plan", "https://example.org/", icon))

        assert error.field == "Icon"
        assert problem in error.problem

    @pytest.mark.parametrize(
        ("setting", "field"),
        [
            ({"label": " "}, "Label"),
            ({"url": "javascript:alert(1)"}, "URL"),
            ({"stay_in_clip": True}, "IgnoreManifestScope"),
            ({"browser": "Safari"}, "TargetApplicationBundleIdentifier"),
        ],
    )
    def test_what_makes_no_clip_is_named(self, setting: dict[str, Any], field: str) -> None:
        usual = {"label": "Plan", "url": "https://example.org/"}

        assert refused(lambda: WebClip(**(usual | setting))).field == field
