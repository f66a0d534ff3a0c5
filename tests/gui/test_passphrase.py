"""The passphrase of the data is asked for before the window; plain data say so on the strip."""

import pytest

from desk_app.gui.dialogs.passphrase import PassphraseDialog
from desk_app.settings import Settings, save
from desk_app.store import vault
from desk_app.store.database import Store

PHRASE = "một mật khẩu dài"


@pytest.fixture
def locked(data):
    Store(data).close()
    vault.set_passphrase(data, PHRASE.encode())
    vault.forget()
    yield data
    vault.forget()


def test_the_dialog_opens_the_data_and_says_what_is_wrong(qtbot, locked):
    dialog = PassphraseDialog(locked)
    qtbot.addWidget(dialog)
    dialog.field.setText("sai mật khẩu")
    dialog._try()
    assert "does not open" in dialog.said.text()
    assert (dialog.field.text(), vault.is_locked(locked)) == ("", True)
    dialog.field.setText(PHRASE)
    dialog._try()
    assert dialog.result() == PassphraseDialog.DialogCode.Accepted
    assert not vault.is_locked(locked)
    Store(locked).close()


def test_plain_data_say_so_on_the_strip(data, launch):
    save(data, Settings(encryption=False))
    window = launch(language="en").window
    assert "DATA NOT ENCRYPTED" in window.strip.texts


def test_encrypted_data_do_not(launch):
    assert "DATA NOT ENCRYPTED" not in launch(language="en").window.strip.texts
