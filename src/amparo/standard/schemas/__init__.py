"""Schemas: the families of files that partners send and that releases leave in."""

from amparo.standard.schemas.columns import SchemaColumn, Way
from amparo.standard.schemas.matching import Matching
from amparo.standard.schemas.projecting import Loss
from amparo.standard.schemas.schema import NAMES, Group, Normalised, Schema, likely, load

__all__ = ["NAMES", "Group", "Loss", "Matching", "Normalised", "Schema", "SchemaColumn", "Way", "likely", "load"]
