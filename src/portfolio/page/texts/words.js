/* What the codes of the API are called (`label(group, code)`): key: [Swedish, English]. */

export const words = {
  "kind.physical": ["Fysisk", "Physical"],
  "kind.social": ["Social", "Social"],

  "gate.need": ["Behov", "Need"],
  "gate.study": ["Utredning", "Study"],
  "gate.direction": ["Inriktning", "Direction"],
  "gate.implementation": ["Genomförande", "Implementation"],
  "gate.handover": ["Överlämning", "Handover"],
  "gate.benefits": ["Nyttouppföljning", "Benefits review"],

  "status.preparing": ["Förbereds", "Preparing"],
  "status.submitted": ["Inför beslut", "Before decision"],
  "status.on_hold": ["Avvaktar", "On hold"],
  "status.reconsideration_required": ["Behöver omprövas", "To be reconsidered"],
  "status.stopped": ["Stoppad", "Stopped"],
  "status.completed": ["Avslutad", "Completed"],
  "status.overdue": ["försenad", "overdue"],

  "outcome.pass": ["Vidare", "Pass"],
  "outcome.amend": ["Ändra", "Amend"],
  "outcome.hold": ["Avvakta", "Hold"],
  "outcome.rework": ["Gör om", "Rework"],
  "outcome.stop": ["Stopp", "Stop"],
  "outcome.skip": ["Beslutat tidigare", "Decided before"],

  "step.strategy": ["Strategi", "Strategy"],
  "step.benefits": ["Nytta", "Benefits"],
  "step.market": ["Marknad", "Market"],
  "step.economy": ["Ekonomi", "Economy"],
  "step.governance": ["Styrning", "Governance"],

  "verdict.positive": ["Positiv", "Positive"],
  "verdict.neutral": ["Neutral", "Neutral"],
  "verdict.negative": ["Negativ", "Negative"],
  "verdict.not_assessed": ["Ej bedömd", "Not assessed"],

  "confidence.low": ["Låg säkerhet", "Low confidence"],
  "confidence.medium": ["Medelgod säkerhet", "Medium confidence"],
  "confidence.high": ["Hög säkerhet", "High confidence"],

  "perspective.environmental": ["Miljömässigt", "Environmental"],
  "perspective.social": ["Socialt", "Social"],
  "perspective.economic": ["Ekonomiskt", "Economic"],

  "commitment.none": ["Inget", "None"],
  "commitment.interest": ["Intresse", "Interest"],
  "commitment.letter_of_intent": ["Avsiktsförklaring", "Letter of intent"],
  "commitment.contract": ["Avtal", "Contract"],

  "consequence_part.depreciation": ["Avskrivning", "Depreciation"],
  "consequence_part.interest": ["Internränta", "Internal interest"],
  "consequence_part.capital_cost": ["Kapitalkostnad", "Capital cost"],
  "consequence_part.operation": ["Drift", "Operation"],
  "consequence_part.maintenance": ["Underhåll", "Maintenance"],
  "consequence_part.staff": ["Personal", "Staff"],
  "consequence_part.one_off": ["Engångskostnad", "One-off cost"],
  "consequence_part.grant": ["Upplöst bidrag", "Dissolved grant"],
  "consequence_part.income": ["Intäkter", "Income"],
  "consequence_part.savings": ["Besparingar", "Savings"],
  "consequence_part.total": ["Summa", "Total"],

  "hold_category.organisational": ["Organisatoriskt", "Organisational"],
  "hold_category.economic": ["Ekonomiskt", "Economic"],
  "hold_category.cultural": ["Kulturellt", "Cultural"],
  "hold_category.courage": ["Vilja att besluta", "Will to decide"],
  "hold_category.market": ["Marknad", "Market"],

  "benefit_result.achieved": ["Uppnådd", "Achieved"],
  "benefit_result.partly": ["Delvis uppnådd", "Partly achieved"],
  "benefit_result.not_achieved": ["Inte uppnådd", "Not achieved"],

  "steering.partial": ["Partiell programstyrning", "Partial program steering"],
  "steering.full": ["Fullständig programstyrning", "Full program steering"],

  "level.official": ["Tjänsteperson", "Official"],
  "level.committee": ["Nämnd", "Committee"],
  "level.executive_board": ["Kommunstyrelse", "Executive board"],
  "level.council": ["Kommunfullmäktige", "Council"],

  "serves.local": ["Platsen", "The place"],
  "serves.citywide": ["Hela staden", "The whole city"],

  "type.capital": ["Investering", "Capital"],
  "type.operating": ["Drift", "Operating"],

  "role.admin": ["administratör", "administrator"],
  "role.coordinator": ["samordnare", "coordinator"],
  "role.gis": ["GIS", "GIS"],
  "role.finance": ["ekonomi", "finance"],
  "role.department": ["förvaltning", "department"],
  "role.board": ["nämndsekreterare", "registrar"],
  "role.viewer": ["läsare", "viewer"],
};
