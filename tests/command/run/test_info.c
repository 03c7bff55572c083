/* test_info.c: `minilab info`, `minilab modes`, and recipes through `run`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/codec/codec_context.h"
#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"

static size_t pictures;

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    pictures = mixed_tree_make("in");
    place_passes(*state, "mkdir bad && echo text > bad/text.jpg");
    return 0;
}

/* ---- info ---- */

static void info_is_a_line_a_picture_in_order(void **state)
{
    place_passes(*state, "$M info -m serial in > want");
    place_passes(*state, "cat want");
    place_prints_lines(*state, pictures);
    place_says(*state, "in/baseline 420.jpg: jpeg 97x61, rgb, 8 bits, "
                       "baseline, YCbCr 4:2:0, ");
    place_says(*state, "in/new\\nline.jpg: jpeg 33x130, rgb, 8 bits, "
                       "progressive, YCbCr 4:2:2, ");
    place_says(*state, "in/sub/gray.JPG: jpeg 80x41, gray, 8 bits, ");
    place_says(*state, "in/gray16.png: png 63x45, gray, 16 bits, ");
    place_says(*state, "in/sub/deep/ga16.png: png 70x52, gray+alpha, 16 bits");
    place_says(*state, "in/sub/gray16.pgm: pnm 40x33, gray, 16 bits, ");
    place_says(*state, "in/bad\\xff\\xfe.jpg: jpeg 120x30");
    place_passes(*state,
                 "for m in threads processes stages; do for j in 1 5; do "
                 "$M info -m $m -j $j in | cmp - want || exit 1; done; done");
}

static void info_fails_what_it_cannot_read(void **state)
{
    place_exits(*state, 1, "$M info in/gray1.png bad gone.jpg 2>&1 >out");
    place_prints_lines(*state, 2);
    place_says(*state, "bad/text.jpg: decode: ");
    place_says(*state, "gone.jpg: read: ");
    place_passes(*state, "test $(wc -l < out) = 1");
}

static void info_json_is_one_document(void **state)
{
    place_exits(*state, 1, "$M info --json in bad > doc 2> log");
    json_t *document = place_json("doc");
    assert_int_equal(place_json_number(document, "schema"), 1);
    assert_int_equal(place_json_number(document, "failed"), 1);
    const json_t *files = json_object_get(document, "files");
    size_t escaped = 0;
    assert_int_equal(json_array_size(files), pictures);
    for (size_t i = 0; i < pictures; i++) {
        const json_t *file = json_array_get(files, i);
        (void)place_json_text(file, "path");
        (void)place_json_text(file, "format");
        (void)place_json_text(file, "coding");
        assert_true(place_json_number(file, "width") > 0);
        assert_true(place_json_number(file, "bytes") > 0);
        assert_int_equal(place_json_number(file, "orientation"), 1);
        assert_true(json_is_false(json_object_get(file, "icc")));
        escaped += json_object_get(file, "path_b64") != NULL;
    }
    assert_int_equal(escaped, 1);
    json_decref(document);
}

static void info_reads_streams_and_lists(void **state)
{
    place_passes(*state, "$M info - < in/gray1.png");
    place_says(*state, "-: png 61x43, gray, 8 bits, ");
    place_passes(*state, "find in -name '*.png' -print0 | "
                         "$M info --files-from - -0");
    place_prints_lines(*state, 12);
    place_exits(*state, 2, "$M info");
    place_exits(*state, 2, "$M info --jsn in");
    place_says(*state, "did you mean --json?");
}

static void info_keeps_to_its_limits(void **state)
{
    place_exits(*state, 1,
                "$M info --limit-side 100 'in/baseline 420.jpg' "
                "in/new*.jpg");
    place_says(*state, "raise --limit-side");
    place_says(*state, "baseline 420.jpg: jpeg 97x61");
}

/* ---- modes ---- */

static void every_mode_that_is_listed_runs(void **state)
{
    place_passes(*state, "$M modes --json > doc");
    json_t *document = place_json("doc");
    const json_t *modes = json_object_get(document, "modes");
    assert_true(json_array_size(modes) >= 4);
    place_passes(*state, "$M modes > text; $M run -m serial -f invert in -o "
                         "want-modes");
    for (size_t i = 0; i < json_array_size(modes); i++) {
        const json_t *mode = json_array_get(modes, i);
        char line[1024];
        (void)snprintf(
            line, sizeof line,
            "grep -q '^%s ' text && grep -qF '%s' text && "
            "$M run -s -j 2 -m %s -f invert in -o a && "
            "$M run -s -j 2 --plan '%s' -f invert in -o b && "
            "diff -r want-modes a && diff -r a b && rm -r a b",
            place_json_text(mode, "name"), place_json_text(mode, "plan"),
            place_json_text(mode, "name"), place_json_text(mode, "plan"));
        place_passes(*state, line);
    }
    json_decref(document);
    place_exits(*state, 2, "$M modes serail");
    place_says(*state, "no such mode: serail");
    place_exits(*state, 2, "$M modes serial async");
    place_passes(*state, "$M modes gil");
    place_says(*state, "gil: threads under Python's lock");
    place_says(*state, "plan     read@gil:R | decode,filter,encode@gil:N | ");
    place_says(*state, "here     read@gil:2 | decode,filter,encode@gil:");
    place_says(*state, "options  --jobs --io --queue --gil "
                       "--gil-interval --gil-scope --gil-flavour\n");
    place_passes(*state, "$M modes serial");
    place_says(*state, "options  --inner\n");
    place_says(*state, "compare -m serial,all");
    place_passes(*state, "$M modes auto");
    place_says(*state, "short batches: threads");
}

/* ---- recipes ---- */

static void a_printed_recipe_does_the_same(void **state)
{
    static const char filters[] = "-f resize:50x40,fit=cover,gravity=north "
                                  "-f blur:1.25 -f levels:5%:90%,gamma=1.1 "
                                  "-f sharpen:0.7,radius=0.9,threshold=3 "
                                  "-f rotate:270 -f flop";
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "$M run %s --print-recipe > r && test $(wc -l < r) = 7 && "
                   "$M run -r ./r --print-recipe | cmp - r && "
                   "$M run -s %s in -o a && $M run -s -r ./r in -o b && "
                   "diff -r a b && rm -r a b",
                   filters, filters);
    place_passes(*state, line);
}

static void recipes_stand_where_they_are_named(void **state)
{
    place_passes(*state,
                 "printf 'minilab-recipe 1\\n# light\\n\\nblur:2\\n' > r && "
                 "$M run -f invert -r ./r -f flip --print-recipe");
    assert_string_equal(((struct place *)*state)->text,
                        "minilab-recipe 1\ninvert\nblur:2\nflip\n");
    place_passes(*state, "mkdir -p config/minilab && "
                         "cp r config/minilab/soft.recipe && "
                         "XDG_CONFIG_HOME=$PWD/config "
                         "$M run -r soft --print-recipe");
    place_says(*state, "blur:2\n");
}

static void a_wrong_recipe_names_its_line(void **state)
{
    place_exits(*state, 2,
                "printf 'minilab-recipe 1\\nblur:2\\nblurr:2\\n' > w; "
                "$M run -r ./w in -o none");
    place_says(*state, "./w:3");
    place_says(*state, "did you mean blur?");
    place_exits(*state, 2, "printf 'blur:2\\n' > w; $M run -r ./w in -o none");
    place_says(*state, "minilab-recipe 1");
    place_passes(*state, "test ! -e none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_is_a_line_a_picture_in_order),
        cmocka_unit_test(info_fails_what_it_cannot_read),
        cmocka_unit_test(info_json_is_one_document),
        cmocka_unit_test(info_reads_streams_and_lists),
        cmocka_unit_test(info_keeps_to_its_limits),
        cmocka_unit_test(every_mode_that_is_listed_runs),
        cmocka_unit_test(a_printed_recipe_does_the_same),
        cmocka_unit_test(recipes_stand_where_they_are_named),
        cmocka_unit_test(a_wrong_recipe_names_its_line),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
