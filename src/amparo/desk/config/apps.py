"""The app that carries the project itself."""

from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Start-up of the desk."""

    name = "amparo.desk.config"
    label = "config"
    default = True
