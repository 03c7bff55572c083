/* verdict_inside.h: what the two kinds of verdicts share; see verdict.h. */
#ifndef ML_MEASURE_VERDICT_INSIDE_H
#define ML_MEASURE_VERDICT_INSIDE_H

#include "base/text.h"
#include "measure/verdict.h"

/* Open the next sentence; one too many is written over the last. */
struct ml_text ml_verdict_begin(struct ml_verdicts *verdicts);

/* The stage that computes: the one that decodes, or NULL. */
const struct ml_stage_facts *ml_verdict_computing(const struct ml_facts *facts);

#endif
