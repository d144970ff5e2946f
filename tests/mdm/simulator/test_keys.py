"""Keys are made once and found again."""

from pathlib import Path

import pytest

from mdm.simulator.keys import KeyFolder


def test_a_key_is_found_again(tmp_path: Path) -> None:
    first = KeyFolder(tmp_path).key(1)

    second = KeyFolder(tmp_path).key(1)

    assert first.private_numbers() == second.private_numbers()


def test_every_ipad_and_every_generation_has_its_own(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)

    moduli = {folder.key(n, g).public_key().public_numbers().n for n, g in [(1, 0), (1, 1), (2, 0)]}

    assert len(moduli) == 3


def test_only_missing_keys_are_prepared(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    folder.prepare([1])

    assert folder.prepare([1, 2]) == 1
    assert folder.prepare([1, 2]) == 0


def test_many_keys_are_made_by_several_processes(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    made = KeyFolder(tmp_path).prepare(range(9), 2, lambda now, all_: told.append((now, all_)))

    assert made == 9
    assert told[-1] == (9, 9)
    assert len(list(tmp_path.iterdir())) == 9


def test_only_the_owner_may_read_a_key(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")

    folder.prepare([1])

    (file,) = folder.path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "00000001-0.der").write_bytes(b"nonsense")

    with pytest.raises(ValueError):
        KeyFolder(tmp_path).key(1)
