"""The app that carries the project itself."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps

from .judges import let_lists_be_known, let_screenings_judge


class ConfigApp(AppConfig):
    """Start-up of the desk."""

    name = "amparo.desk.config"
    label = "config"
    default = True

    def ready(self) -> None:
        """Let each room teach the sentences of the events that it records."""
        from amparo.desk.audit import wording

        for app in apps.get_app_configs():
            if app.name.startswith("amparo.desk.") and find_spec(f"{app.name}.events"):
                said = import_module(f"{app.name}.events")
                wording.teach(said.SENTENCES, getattr(said, "PARTS", {}))
        let_screenings_judge()
        let_lists_be_known()
