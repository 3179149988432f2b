from __future__ import annotations

import time

import pytest

from incubator.domain import passwords
from incubator.domain.errors import DomainError


@pytest.mark.parametrize(
    "password",
    [
        "a quiet river in spring",
        "ärger über dörfer und grüße",
        "鳥が鳴く静かな朝の山道をひとりで歩いた",
        "🦊🐢🐝🦉🐙🦀🐬🦒🦩🐌🦎🐊🐘🦘🐿",
        "x" * 5 + " mowing nine lawns",
    ],
)
def test_a_sentence_will_do(password):
    passwords.check_new_password(password, about=("Robin Hale", "robin.hale@example.gov"))


def test_sixty_four_characters_of_any_script_work():
    password = "ж" * 8 + "漢字かな交じり文" * 7
    assert len(password) == 64
    passwords.check_new_password(password)
    assert passwords.matches(password, passwords.hash_password(password))


@pytest.mark.parametrize(
    "password",
    [
        "fourteen signs",
        "password12345678",
        "correct horse battery staple",
        "passwordpassword",
        "abc123abc123abc123",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "qwertyuiopasdfghjkl",
        "1234567890123456",
        "abcdefgh12345678",
        "robin.hale@example.gov",
        "Robin Hale robin hale",
        "RobinHaleExample1",
        "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
        "x" * 257,
    ],
)
def test_what_is_guessed_at_once_is_refused(password):
    with pytest.raises(DomainError) as refused:
        passwords.check_new_password(password, about=("Robin Hale", "robin.hale@example.gov"))
    assert refused.value.field == "password"


def test_ten_megabytes_are_refused_before_any_work():
    monster = "a long sentence " * 650_000
    stored = passwords.hash_password("a quiet river in spring")
    begun = time.process_time()
    assert passwords.matches(monster, stored) is False
    with pytest.raises(DomainError):
        passwords.check_new_password(monster)
    assert time.process_time() - begun < 0.05


def test_no_password_matches_an_account_without_one():
    assert passwords.matches("nobody has this password, it only takes the same time", "") is False
    assert passwords.matches("", "") is False
    assert passwords.matches("anything", "not a hash") is False


def test_unknown_and_wrong_take_alike():
    stored = passwords.hash_password("a quiet river in spring")
    passwords.matches("warm", "")

    def spent(stored_hash: str) -> float:
        rounds = []
        for _round in range(3):
            begun = time.process_time()
            passwords.matches("a guess that is wrong", stored_hash)
            rounds.append(time.process_time() - begun)
        return min(rounds)

    assert 0.4 < spent("") / spent(stored) < 2.5


@pytest.mark.parametrize(
    "same",
    [
        " alice@example.gov",
        "Alice@Example.GOV",
        "alice@example.gov ",
        "ali\u200bce@example.gov",
        "alice\u00a0@example.gov",
        "alice@exam\u00adple.gov",
        "\ufeffalice@example.gov",
        "ａｌｉｃｅ@example.gov",
        "alice@example.gov\0",
        "al\u202eice@example.gov",
    ],
)
def test_one_address_has_one_key(same):
    assert passwords.email_key(same) == "alice@example.gov"
    assert passwords.email_key(passwords.check_email(same)) == "alice@example.gov"


@pytest.mark.parametrize(
    "address",
    [
        "аlice@example.gov",  # the first letter is Cyrillic
        "alice",
        "alice@",
        "@example.gov",
        "alice@example",
        "alice@example.gov, bob@example.gov",
        "alice@example..gov",
        "<alice@example.gov>",
        "alice@-example.gov",
        "a" * 65 + "@example.gov",
        "",
    ],
)
def test_other_scripts_and_nonsense_are_no_address(address):
    with pytest.raises(DomainError) as refused:
        passwords.check_email(address)
    assert refused.value.field == "email"


def test_a_line_end_never_reaches_a_mail():
    assert "\n" not in passwords.check_email(["alice@example.gov", "\nbcc:x@example.gov"][0])
    with pytest.raises(DomainError):
        passwords.check_email("alice@example.gov\r\nBcc: bob@example.gov")
