/* test_parse.c: filters as text.  A filter of its own has a parameter of every
 * type; the property test covers the filters of the program as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/random.h"
#include "chain/chain.h"
#include "chain/param_value.h"
#include "filters/registry.h"

#define ROUNDS 400

static const char *const demo_fits[] = {"inside", "outside", "cover", NULL};

static const struct ml_param demo_params[] = {
    {.name = "size", .type = ML_SIZE, .required = true, .help = "the size"},
    {.name = "fit", .type = ML_CHOICE, .choices = demo_fits, .help = "how"},
    {.name = "count", .type = ML_INTEGER, .min = -5, .max = 9, .def = 2},
    {.name = "amount", .type = ML_REAL, .min = 0.1, .max = 500, .def = 1},
    {.name = "level", .type = ML_PERCENT, .min = 0, .max = 100, .def = 50},
    {.name = "enlarge", .type = ML_BOOLEAN},
    {.name = "left", .type = ML_LENGTH, .min = -100, .max = 65500},
    {.name = "fill", .type = ML_COLOUR},
    {.name = "wait", .type = ML_DURATION, .min = 0, .max = 1e6, .def = 5},
    {.name = "list", .type = ML_NUMBER_LIST, .min = -50, .max = 1000},
};

static const struct ml_filter demo = {
    .name = "demo",
    .summary = "a parameter of every type",
    .example = "demo:800x600",
    .params = demo_params,
    .param_count = sizeof demo_params / sizeof *demo_params,
};

static struct ml_chain_item parse_ok(const char *values)
{
    struct ml_chain_item item;
    struct ml_error err = {0};
    if (ml_chain_item_parse(&item, &demo, values, &err) != ML_OK)
        fail_msg("%s: %s: %s: %s", values, err.what, err.why, err.remedy);
    return item;
}

/* It is refused, all three parts are said, and they hold these words. */
static void parse_bad(const char *values, const char *what, const char *why,
                      const char *remedy)
{
    struct ml_chain_item item;
    struct ml_error err = {0};
    memset(&item, 0x5a, sizeof item);
    const struct ml_chain_item before = item;
    assert_int_equal(ml_chain_item_parse(&item, &demo, values, &err),
                     ML_ERR_USAGE);
    assert_int_equal(err.status, ML_ERR_USAGE);
    if (!strstr(err.what, what) || !strstr(err.why, why) ||
        !strstr(err.remedy, remedy) || !*err.remedy || !*err.why)
        fail_msg("%s: got '%s' '%s' '%s'", values, err.what, err.why,
                 err.remedy);
    assert_memory_equal(&item, &before, sizeof item);
}

static void prints(const char *values, const char *canonical)
{
    const struct ml_chain_item item = parse_ok(values);
    char room[512];
    struct ml_strbuf text;
    ml_strbuf_open(&text, room, sizeof room);
    ml_chain_print(&item, &text);
    assert_string_equal(room, canonical);
}

static void every_type_is_read(void **state)
{
    (void)state;
    const struct ml_chain_item item = parse_ok(
        ":800x600:cover:-3:0.25:75%,enlarge=yes,left=10%,fill=#12aBfF80,"
        "wait=20us");
    assert_int_equal(item.values[0].size.width, 800);
    assert_int_equal(item.values[0].size.height, 600);
    assert_true(item.values[1].number == 2);
    assert_true(item.values[2].number == -3);
    assert_true(item.values[3].number == 0.25);
    assert_true(item.values[4].number == 75);
    assert_true(item.values[5].number == 1);
    assert_true(item.values[6].percent && item.values[6].number == 10);
    assert_memory_equal(item.values[7].colour, "\x12\xab\xff\x80", 4);
    assert_true(item.values[8].number == 0.02);
}

static void what_is_not_given_has_its_default(void **state)
{
    (void)state;
    const struct ml_chain_item item = parse_ok(":1");
    assert_true(item.values[0].given);
    for (size_t i = 1; i < demo.param_count; i++) {
        assert_false(item.values[i].given);
        assert_true(item.values[i].number == demo_params[i].def);
    }
}

static void sizes_have_five_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t width, height;
        double percent;
    } cases[] = {{":7x9", 7, 9, 0},   {":7", 7, 0, 0},
                 {":7x", 7, 0, 0},    {":x9", 0, 9, 0},
                 {":50%", 0, 0, 50},  {":65500x1", 65500, 1, 0},
                 {":0.5%", 0, 0, 0.5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ml_chain_item item = parse_ok(cases[i].text);
        assert_int_equal(item.values[0].size.width, cases[i].width);
        assert_int_equal(item.values[0].size.height, cases[i].height);
        assert_true(item.values[0].size.percent == cases[i].percent);
    }
}

static void commas_separate_as_colons_do(void **state)
{
    (void)state;
    prints(":9,cover", "demo:9:cover");
    prints(",size=9,fit=cover", "demo:9:cover");
    prints(":9:fit=cover", "demo:9:cover");
}

static void canonical_text_names_values_behind_a_gap(void **state)
{
    (void)state;
    prints(":7x", "demo:7");
    prints(",count=3,size=x9", "demo:x9,count=3");
    prints(":50%,level=0.50,enlarge=1", "demo:50%,level=0.5%,enlarge=yes");
    prints(":9,fill=white,wait=2s", "demo:9,fill=#ffffff,wait=2000ms");
    prints(":9,fill=#abc", "demo:9,fill=#aabbcc");
    prints(":9,left=-0", "demo:9,left=0");
}

static void bad_values_say_what_why_and_remedy(void **state)
{
    (void)state;
    parse_bad(":0x5", "demo: bad value for size", "'0x5'", "800x600");
    parse_bad(":65501", "size", "65500", "give a size");
    parse_bad(":x", "size", "not a size", "800x600");
    parse_bad(":axb", "size", "not a size", "800x600");
    parse_bad(":5x6x7", "size", "not a size", "800x600");
    parse_bad(":0%", "size", "above 0%", "50%");
    parse_bad(":-5%", "size", "above 0%", "50%");
    parse_bad(":5x6%", "size", "not a size", "50%");
    parse_bad(":", "size", "is empty", "give a size");
    parse_bad(":9,fit=insid", "fit", "inside, outside, cover",
              "did you mean inside?");
    parse_bad(":9,fit=zzz", "fit", "'zzz' is not one of", "choose one");
    parse_bad(":9,count=3.5", "count", "whole number", "from -5 to 9");
    parse_bad(":9,count=10", "count", "not within -5 and 9", "whole number");
    parse_bad(":9,count=5%", "count", "not a number", "whole number");
    parse_bad(":9,amount=1e3", "amount", "not a number", "0.1 to 500");
    parse_bad(":9,amount=0.05", "amount", "not within 0.1 and 500", "number");
    parse_bad(":9,amount=1.000000000000001", "amount", "number", "number");
    parse_bad(":9,level=101%", "level", "not within 0 and 100", "percentage");
    parse_bad(":9,enlarge=maybe", "enlarge", "neither", "yes or no");
    parse_bad(":9,left=101%", "left", "not within -100 and 100", "pixels");
    parse_bad(":9,left=70000", "left", "not within -100 and 65500", "pixels");
    parse_bad(":9,fill=#12345", "fill", "not a colour", "#rrggbb");
    parse_bad(":9,fill=blue", "fill", "not a colour", "black, gray");
    parse_bad(":9,wait=5parsecs", "wait", "not a duration", "5ms");
    parse_bad(":9,wait=3h", "wait", "out of range", "1000000ms");
}

static void bad_structure_says_what_why_and_remedy(void **state)
{
    (void)state;
    parse_bad("", "nothing given for size", "no default", "demo:800x600");
    parse_bad(",fit=cover", "nothing given for size", "default", "demo:800");
    parse_bad(":9,fti=cover", "no parameter named fti", "it takes size, fit",
              "did you mean fit=?");
    parse_bad(":9,zzzzzz=1", "no parameter named", "it takes",
              "minilab filters demo");
    parse_bad(":9,size=9", "second value for size", "already", "once");
    parse_bad(":9,fit=cover,7", "no key for 7", "follows", "key=value");
    parse_bad(":9:cover:1:1:1:1:1:#fff:5:6:7", "too many values", "at most 10",
              "demo:800x600");
    parse_bad(":9 ", "bad character", "' ' after ':9'", "use letters");
    parse_bad(":9\n", "bad character", "'\\n'", "use letters");
    parse_bad(":9\xff", "bad character", "'\\xff'", "use letters");
}

static void long_texts_are_refused_not_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, '1', sizeof text);
    text[0] = ':';
    text[100] = '\0';
    parse_bad(text, "size", "at most 63", "shorten");
    text[100] = '1';
    text[1999] = '\0';
    parse_bad(text, "too long", "at most 1024", "split");
}

static void chain_bad(const char *text, const char *what, const char *remedy)
{
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    assert_int_equal(ml_chain_parse(&chain, text, &err), ML_ERR_USAGE);
    assert_non_null(strstr(err.what, what));
    assert_non_null(strstr(err.remedy, remedy));
    assert_int_equal(chain.count, 0);
}

static void unknown_filters_are_answered_with_the_nearest(void **state)
{
    (void)state;
    chain_bad("invret", "unknown filter", "did you mean invert?");
    chain_bad("qqqqqqqqqqqqq", "unknown filter", "minilab filters");
    chain_bad("", "without a name", "minilab filters");
    chain_bad(":5", "without a name", "minilab filters");
    chain_bad("invert=5", "misplaced '='", "write invert:5");
    chain_bad("invert:5", "filter invert: too many values", "invert");
    chain_bad("in vert", "bad character", "letters");
}

static void filters_append_until_the_chain_is_full(void **state)
{
    (void)state;
    static struct ml_chain chain;
    struct ml_error err = {0};
    chain.count = 0;
    for (size_t i = 0; i < ML_CHAIN_MAX; i++)
        assert_int_equal(ml_chain_parse(&chain, "invert", &err), ML_OK);
    assert_int_equal(ml_chain_parse(&chain, "invert", &err), ML_ERR_USAGE);
    assert_non_null(strstr(err.why, "64"));
    assert_int_equal(chain.count, ML_CHAIN_MAX);
}

/* ---- Property: what is printed reads back the same --------------------- */

static void random_number(const struct ml_param *p, struct ml_random *random,
                          struct ml_strbuf *text)
{
    static const int places[] = {0, 0, 1, 3, 6};
    const int digits =
        p->type == ML_INTEGER ? 0 : places[ml_random_below(random, 5)];
    for (;;) {
        char room[64];
        const double number =
            p->min + (p->max - p->min) * ml_random_unit(random);
        double rounded;
        (void)snprintf(room, sizeof room, "%.*f", digits, number);
        if (!ml_parse_number(room, &rounded) || rounded < p->min ||
            rounded > p->max) {
            ml_strbuf_add_number(text,
                                 ml_random_below(random, 2) ? p->min : p->max);
            return;
        }
        ml_strbuf_add(text, "%s", room);
        return;
    }
}

static void random_size(struct ml_random *random, struct ml_strbuf *text)
{
    const unsigned w = 1 + ml_random_below(random, ML_SIDE_MAX);
    const unsigned h = 1 + ml_random_below(random, ML_SIDE_MAX);
    switch (ml_random_below(random, 5)) {
    case 0:
        ml_strbuf_add(text, "%ux%u", w, h);
        break;
    case 1:
        ml_strbuf_add(text, "%u", w);
        break;
    case 2:
        ml_strbuf_add(text, "%ux", w);
        break;
    case 3:
        ml_strbuf_add(text, "x%u", h);
        break;
    default:
        ml_strbuf_add(text, "%u.%02u%%", w % 1000 + 1, h % 100);
        break;
    }
}

static void random_value(const struct ml_param *p, struct ml_random *random,
                         struct ml_strbuf *text)
{
    static const char *const words[] = {"yes", "no", "true", "false"};
    static const char *const units[] = {"ms", "us", "s"};
    const uint32_t bits = (uint32_t)ml_random_next(random);
    size_t choices = 0;
    switch (p->type) {
    case ML_INTEGER:
    case ML_REAL:
    case ML_PERCENT:
        random_number(p, random, text);
        break;
    case ML_LENGTH:
        if (bits % 2)
            ml_strbuf_add(text, "%u.%u%%", bits / 2 % 100, bits / 256 % 10);
        else
            random_number(p, random, text);
        break;
    case ML_BOOLEAN:
        ml_strbuf_add(text, "%s", words[bits % 4]);
        break;
    case ML_CHOICE:
        while (p->choices[choices])
            choices++;
        ml_strbuf_add(text, "%s", p->choices[bits % choices]);
        break;
    case ML_SIZE:
        random_size(random, text);
        break;
    case ML_COLOUR:
        ml_strbuf_add(text, bits % 2 ? "#%06x" : "#%08x",
                      bits % 2 ? bits >> 8 : bits);
        break;
    case ML_DURATION: {
        static const double per_ms[] = {1, 1e3, 1e-3};
        const uint32_t unit = bits / 256 % 3;
        const double ms =
            p->min + (p->max - p->min) * ml_random_unit(random) * 0.99;
        ml_strbuf_add(text, "%.6f%s", ms * per_ms[unit] + 1e-6, units[unit]);
        break;
    }
    case ML_NUMBER_LIST:
        for (uint32_t n = 0; n <= bits % 9; n++) {
            ml_strbuf_add(text, n ? "_" : "");
            random_number(p, random, text);
        }
        break;
    }
}

static bool value_same(const struct ml_value *a, const struct ml_value *b)
{
    return a->given == b->given && a->percent == b->percent &&
           a->number == b->number && a->size.width == b->size.width &&
           a->size.height == b->size.height &&
           a->size.percent == b->size.percent &&
           memcmp(a->colour, b->colour, 4) == 0;
}

static bool numbers_same(const struct ml_param *param,
                         const struct ml_chain_item *a,
                         const struct ml_chain_item *b, size_t index)
{
    const size_t count = (size_t)a->values[index].number;
    return param->type != ML_NUMBER_LIST ||
           memcmp(a->numbers, b->numbers, count * sizeof *a->numbers) == 0;
}

static void check_reads_back(const struct ml_filter *filter,
                             struct ml_random *random)
{
    char written[1024], canonical[1024], again[1024];
    struct ml_strbuf text;
    struct ml_chain_item first, second;
    struct ml_error err = {0};
    ml_strbuf_open(&text, written, sizeof written);
    for (size_t i = 0; i < filter->param_count; i++) {
        if (!filter->params[i].required && ml_random_below(random, 2))
            continue;
        ml_strbuf_add(&text, ",%s=", filter->params[i].name);
        random_value(&filter->params[i], random, &text);
    }
    if (ml_chain_item_parse(&first, filter, written, &err) != ML_OK)
        fail_msg("%s%s: %s: %s", filter->name, written, err.what, err.why);
    ml_strbuf_open(&text, canonical, sizeof canonical);
    ml_chain_print(&first, &text);
    if (ml_chain_item_parse(&second, filter, canonical + strlen(filter->name),
                            &err) != ML_OK)
        fail_msg("%s: %s: %s", canonical, err.what, err.why);
    for (size_t i = 0; i < filter->param_count; i++) {
        if (!value_same(&first.values[i], &second.values[i]) ||
            !numbers_same(&filter->params[i], &first, &second, i))
            fail_msg("%s -> %s", written, canonical);
    }
    ml_strbuf_open(&text, again, sizeof again);
    ml_chain_print(&second, &text);
    assert_string_equal(again, canonical);
}

static void canonical_text_reads_back_to_the_same_values(void **state)
{
    (void)state;
    struct ml_random random = {.state = (uint64_t)time(NULL)};
    size_t count;
    const struct ml_filter *const *filters = ml_filters(&count);
    print_message("seed %llu\n", (unsigned long long)random.state);
    for (int round = 0; round < ROUNDS; round++) {
        check_reads_back(&demo, &random);
        for (size_t i = 0; i < count; i++)
            check_reads_back(filters[i], &random);
    }
}

/* Texts made of pieces that mean something, in any order: whatever is taken
 * prints to a text that is taken, and prints the same again. */
static void random_texts_are_refused_or_read_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        ":",  ",", "=",  "%", "x",   "#",    ".",     "-",      "+",    "_",
        "0",  "1", "65", "9", "ms",  "size", "count", "left",   "fit",  "cover",
        "ff", "2", "us", "e", "yes", "fill", "wait",  "amount", "list", "nan"};
    struct ml_random random = {.state = (uint64_t)time(NULL)};
    size_t taken = 0;
    print_message("seed %llu\n", (unsigned long long)random.state);
    for (int round = 0; round < 100 * ROUNDS; round++) {
        char text[200] = ":", once[512], twice[512];
        struct ml_strbuf written;
        struct ml_chain_item item;
        struct ml_error err;
        for (uint32_t n = ml_random_below(&random, 8); n > 0; n--)
            strcat(text, pieces[ml_random_below(&random, 30)]);
        if (ml_chain_item_parse(&item, &demo, text, &err) != ML_OK) {
            assert_true(*err.what && *err.why && *err.remedy);
            continue;
        }
        taken++;
        ml_strbuf_open(&written, once, sizeof once);
        ml_chain_print(&item, &written);
        if (ml_chain_item_parse(&item, &demo, once + 4, &err) != ML_OK)
            fail_msg("%s -> %s: %s", text, once, err.why);
        ml_strbuf_open(&written, twice, sizeof twice);
        ml_chain_print(&item, &written);
        assert_string_equal(once, twice);
    }
    assert_true(taken > 100);
}

static void examples_of_all_filters_are_read(void **state)
{
    (void)state;
    size_t count;
    const struct ml_filter *const *filters = ml_filters(&count);
    for (size_t i = 0; i < count; i++) {
        struct ml_chain chain = {0};
        struct ml_error err = {0};
        if (ml_chain_parse(&chain, filters[i]->example, &err) != ML_OK)
            fail_msg("%s: %s: %s", filters[i]->example, err.what, err.why);
        assert_ptr_equal(chain.items[0].filter, filters[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(sizes_have_five_forms),
        cmocka_unit_test(commas_separate_as_colons_do),
        cmocka_unit_test(canonical_text_names_values_behind_a_gap),
        cmocka_unit_test(bad_values_say_what_why_and_remedy),
        cmocka_unit_test(bad_structure_says_what_why_and_remedy),
        cmocka_unit_test(long_texts_are_refused_not_cut),
        cmocka_unit_test(unknown_filters_are_answered_with_the_nearest),
        cmocka_unit_test(filters_append_until_the_chain_is_full),
        cmocka_unit_test(canonical_text_reads_back_to_the_same_values),
        cmocka_unit_test(random_texts_are_refused_or_read_back),
        cmocka_unit_test(examples_of_all_filters_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
