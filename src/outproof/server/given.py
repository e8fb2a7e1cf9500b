"""What handlers are given, by name and type: built once in bootstrap, but for what is declared, which may change."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client.registry import CollectorRegistry as _Registry

from outproof.config.declared import Declared as _Declared
from outproof.config.loading import Followed as _Followed
from outproof.core.ids import ProjectId
from outproof.engine.changes import Changes as _Changes
from outproof.engine.cost_desk import CostDesk as _CostDesk
from outproof.engine.handoff import Handoffs as _Handoffs
from outproof.engine.raw import RawDesk as _RawDesk
from outproof.engine.reload import Reloader as _Reloader
from outproof.engine.settle import Terms as _Terms
from outproof.ports import Clock as _Clock
from outproof.ports import Signer as _Signer
from outproof.ports import State as _State
from outproof.server.access import Access as _Access
from outproof.server.health import Health as _Health
from outproof.server.in_force import InForce as _InForce
from outproof.store.events.traces import Traces as _Traces
from outproof.store.events.windows import Windows as _Windows

Store = NamedDependency[SkipValidation[_State]]
Clock = NamedDependency[SkipValidation[_Clock]]
Project = NamedDependency[SkipValidation[ProjectId]]
Declared = NamedDependency[SkipValidation[_Declared]]
Windows = NamedDependency[SkipValidation[_Windows]]
Traces = NamedDependency[SkipValidation[_Traces]]
Terms = NamedDependency[SkipValidation[_Terms]]
Changes = NamedDependency[SkipValidation[_Changes]]
Health = NamedDependency[SkipValidation[_Health]]
Access = NamedDependency[SkipValidation[_Access]]
Followed = NamedDependency[SkipValidation[_Followed]]
InForce = NamedDependency[SkipValidation[_InForce]]
Reloader = NamedDependency[SkipValidation[_Reloader]]
Handoffs = NamedDependency[SkipValidation[_Handoffs]]
Signer = NamedDependency[SkipValidation[_Signer]]
Costs = NamedDependency[SkipValidation[_CostDesk]]
Scraping = NamedDependency[SkipValidation[_Registry]]
Raw = NamedDependency[SkipValidation[_RawDesk]]
