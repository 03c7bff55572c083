/* tones.h: filters that change each pixel by itself, against a definition in
 * doubles.
 *
 * The filter runs over pictures that hold every sample value, at 8 and 16 bits,
 * in each layout with and without alpha, with render and with render_ref, which
 * must agree; each result must be the level nearest to the definition on
 * samples from 0 to 1, and alpha must not change.
 */
#ifndef ML_TESTS_SUPPORT_FILTERS_TONES_H
#define ML_TESTS_SUPPORT_FILTERS_TONES_H

/* `text` is the filter as typed: "threshold:40%".  `want` is given a sample and
 * `values`, and returns the result; outside 0..1 it is clamped. */
void tones_check(const char *text, double (*want)(double x, double value),
                 double value);

/* The same of filters that mix the colours of a pixel: `want` makes out[] of
 * in[], both red, green and blue.  A gray picture is one of equal colours, and
 * comes out gray where the three results are equal for all levels of gray.  A
 * result may be `slack`, of 1, farther off than the nearest level. */
void tones_check_colours(const char *text,
                         void (*want)(const double in[3], double out[3],
                                      double value),
                         double value, double slack);

/* Does this filter say that it leaves every picture unchanged? */
void tones_check_unchanged(const char *text);

#endif
