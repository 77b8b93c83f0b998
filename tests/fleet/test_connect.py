from .installed import Installed
def test_installed(installed: Installed) -> None:
    print(installed.project.folder)
