/* test_normal_forms.c: outputs whose names differ only in normal form, or in
 * normal form and case. */
#include "support/files/output_plan.h"

/* "café" and "CAFÉ", the accent in the letter and behind it. */
#define CAFE_NFC "caf\xc3\xa9"
#define CAFE_NFD "cafe\xcc\x81"
#define CAPITAL_CAFE_NFD "CAFE\xcc\x81"

/* Plan "1/`a`.jpg" and "2/`b`.jpg" into a folder that ignores these. */
static void plan_pair(struct fixture *f, const char *a, const char *b,
                      bool folds_case, bool normalizes)
{
    char path[64];
    fixture_open(f, ML_NAME_DEFAULT);
    (void)snprintf(path, sizeof path, "1/%s.jpg", a);
    add(f, path);
    (void)snprintf(path, sizeof path, "2/%s.jpg", b);
    add(f, path);
    plan(f, "out");
    assert_false(f->root.normalizes);
    ml_output_plan_close(&f->outputs);
    f->root.folds_case = folds_case;
    f->root.normalizes = normalizes;
    assert_int_equal(ML_OK,
                     ml_output_plan_open(&f->outputs, &f->options, &f->err));
}

static void expect_pair_collides(const char *a, const char *b, bool folds_case,
                                 bool normalizes)
{
    struct fixture f;
    plan_pair(&f, a, b, folds_case, normalizes);
    assert_int_equal(0, f.outputs.warnings.count);
    expect_conflict(&f, ML_CONFLICT_COLLISION, 0, 1);
    fixture_close(&f);
}

static void expect_pair_warns(const char *a, const char *b, bool folds_case,
                              bool normalizes, enum ml_conflict_kind kind)
{
    struct fixture f;
    plan_pair(&f, a, b, folds_case, normalizes);
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(1, f.outputs.warnings.count);
    assert_int_equal(kind, f.outputs.warnings.kept[0].kind);
    assert_int_equal(0, f.outputs.warnings.kept[0].first);
    assert_int_equal(1, f.outputs.warnings.kept[0].second);
    fixture_close(&f);
}

static void normal_forms_count_unless_the_target_normalizes(void **state)
{
    (void)state;
    expect_pair_warns(CAFE_NFC, CAFE_NFD, false, false, ML_CONFLICT_FORM);
    expect_pair_warns(CAFE_NFC, CAFE_NFD, true, false, ML_CONFLICT_FORM);
    expect_pair_collides(CAFE_NFC, CAFE_NFD, false, true);
    expect_pair_collides(CAFE_NFC, CAFE_NFD, true, true);
}

static void case_and_normal_form_together_count_as_case(void **state)
{
    (void)state;
    expect_pair_warns(CAFE_NFC, CAPITAL_CAFE_NFD, false, false,
                      ML_CONFLICT_CASE);
    expect_pair_warns(CAFE_NFC, CAPITAL_CAFE_NFD, true, false,
                      ML_CONFLICT_CASE);
    expect_pair_warns(CAFE_NFC, CAPITAL_CAFE_NFD, false, true,
                      ML_CONFLICT_CASE);
    expect_pair_collides(CAFE_NFC, CAPITAL_CAFE_NFD, true, true);
    expect_pair_collides("stra\xc3\x9f"
                         "e",
                         "STRASSE", true, false);
}

static void names_that_are_no_utf8_are_taken_as_bytes(void **state)
{
    (void)state;
    struct fixture f;
    plan_pair(&f, "\xc4", "\xe4", true, true); /* Latin-1 */
    assert_int_equal(0, f.outputs.conflicts.count);
    assert_int_equal(0, f.outputs.warnings.count);
    fixture_close(&f);
    expect_pair_warns("\xff"
                      "A",
                      "\xff"
                      "a",
                      false, true, ML_CONFLICT_CASE);
    expect_pair_collides("\xff"
                         "A",
                         "\xff"
                         "a",
                         true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_forms_count_unless_the_target_normalizes),
        cmocka_unit_test(case_and_normal_form_together_count_as_case),
        cmocka_unit_test(names_that_are_no_utf8_are_taken_as_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
