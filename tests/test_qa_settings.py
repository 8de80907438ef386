"""Settings: a file, environment variables over it, and nothing that is not known."""

import dataclasses
from pathlib import Path

import pytest

from index.errors import SettingsError
from index.folders import default_folder
from qa import Settings


@pytest.fixture(name="write")
def _write(tmp_path):
    """A function that writes a settings file, and gives the environment that names it."""

    def write(content):
        path = tmp_path / "settings.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return {"ONRECORD_SETTINGS": str(path)}

    return write


@pytest.fixture(name="elsewhere", autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """A user without settings."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("SETTINGS", "ARCHIVE", "ENCODER", "DEVICE"):
        monkeypatch.delenv(f"ONRECORD_{name}", raising=False)
    return tmp_path


def test_without_any_setting_the_defaults_hold():
    """The archive lies in the platform's folder, and the encoder is the packaged one."""
    assert Settings.load({}) == Settings(archive=default_folder(), encoder=None)


def test_a_file_is_read(write, tmp_path):
    """Each key of the file is a setting."""
    environment = write(f"archive = '/news/archive'\nencoder = '{tmp_path}'\n")
    assert Settings.load(environment) == Settings(archive=Path("/news/archive"), encoder=tmp_path)


def test_the_device_is_a_name(write):
    """The device is taken as it is written, from the file or from a variable."""
    assert Settings.load(write("device = 'cpu'")).device == "cpu"
    assert Settings.load({"ONRECORD_DEVICE": "cuda:1"}).device == "cuda:1"


def test_environment_goes_before_the_file(write, tmp_path):
    """A variable overrides the file's key, and leaves the others."""
    environment = write(f"archive = '/from/file'\nencoder = '{tmp_path}'\n")
    loaded = Settings.load(environment | {"ONRECORD_ARCHIVE": "/from/environment"})
    assert loaded == Settings(archive=Path("/from/environment"), encoder=tmp_path)


def test_an_empty_variable_is_none(write):
    """A variable that is set to nothing overrides nothing."""
    environment = write("archive = '/from/file'") | {"ONRECORD_ARCHIVE": ""}
    assert Settings.load(environment).archive == Path("/from/file")


def test_the_real_environment_is_the_default(monkeypatch):
    """Without an environment given, that of the process is read."""
    monkeypatch.setenv("ONRECORD_ARCHIVE", "/from/process")
    assert Settings.load().archive == Path("/from/process")


def test_the_default_file_is_in_the_configuration_folder(monkeypatch, tmp_path):
    """The platform's folder for a user's configuration is looked in."""
    import platformdirs

    folder = Path(platformdirs.user_config_dir("onrecord", appauthor=False))
    assert folder.is_relative_to(tmp_path)
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("archive = '/from/default/file'")
    assert Settings.load({}).archive == Path("/from/default/file")


def test_a_tilde_is_the_home(write, tmp_path):
    """`~` in a path is the user's home, in the file and in a variable."""
    assert Settings.load(write("archive = '~/a'")).archive == tmp_path / "home" / "a"
    assert Settings.load({"ONRECORD_ARCHIVE": "~/b"}).archive == tmp_path / "home" / "b"


def test_an_unknown_key_is_refused(write):
    """A key that is not known is named, with those that are."""
    with pytest.raises(SettingsError, match=r"unknown setting 'arhcive'.*archive, device, encoder"):
        Settings.load(write("arhcive = '/news'"))


def test_a_named_file_must_be_there(tmp_path):
    """A file that is named and is not there is an error, not an empty one."""
    with pytest.raises(SettingsError, match=r"none\.toml.*does not exist"):
        Settings.load({"ONRECORD_SETTINGS": str(tmp_path / "none.toml")})


@pytest.mark.parametrize("content", ["archive = ", b"archive = '\xff'", "not toml"])
def test_a_file_that_is_no_toml_is_refused(write, content):
    """What is no TOML, or no UTF-8, is an error with the file's name."""
    with pytest.raises(SettingsError, match=r"settings\.toml cannot be read"):
        Settings.load(write(content))


def test_an_encoder_must_be_a_folder(tmp_path):
    """An encoder that is no folder is refused when it is read, not when it is needed."""
    with pytest.raises(SettingsError, match=r"none, which is not a folder"):
        Settings.load({"ONRECORD_ENCODER": str(tmp_path / "none")})


@pytest.mark.parametrize("value", ["5", "true", "['/news']", "{}", "''"])
def test_a_path_must_be_text(write, value):
    """A number, a list or nothing is no path, and is not made into one."""
    with pytest.raises(SettingsError, match="archive"):
        Settings.load(write(f"archive = {value}"))


def test_settings_cannot_be_changed():
    """One search cannot change the next one's settings."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.load({}).archive = Path("/other")
