"""Django's `migrate`, whoever calls it, with this room's executor: each step whole or not at all."""

from django.core.management.commands.migrate import Command as Command

from amparo.desk.config import migrating

migrating.install()
