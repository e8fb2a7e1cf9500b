"""What handlers are given, by name and type; built once in bootstrap, never per request."""

from __future__ import annotations

from typing import Annotated

from litestar.params import Dependency

from outproof.config.declared import Declared as _Declared
from outproof.core.ids import ProjectId
from outproof.engine.changes import Changes as _Changes
from outproof.ports import Clock as _Clock
from outproof.ports import State as _State
from outproof.server.access import Access as _Access
from outproof.server.health import Health as _Health
from outproof.store.events.windows import Windows as _Windows

_given = Dependency(skip_validation=True)

Store = Annotated[_State, _given]
Clock = Annotated[_Clock, _given]
Project = Annotated[ProjectId, _given]
Declared = Annotated[_Declared, _given]
Windows = Annotated[_Windows, _given]
Changes = Annotated[_Changes, _given]
Health = Annotated[_Health, _given]
Access = Annotated[_Access, _given]
