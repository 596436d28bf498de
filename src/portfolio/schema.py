"""All tables in one place, for migrations and for the check that they agree with the models."""

import portfolio.access.models
import portfolio.accounts.models
import portfolio.areas.models
import portfolio.budget.models
import portfolio.costs.models
import portfolio.events.models
import portfolio.gates.models
import portfolio.indicators.models
import portfolio.investments.models
import portfolio.money.models
import portfolio.organisation.models
import portfolio.programs.models
import portfolio.social.models
import portfolio.table_imports.models
import portfolio.web.models  # noqa: F401  the imports register the tables
from portfolio.database.base import Table

metadata = Table.metadata
