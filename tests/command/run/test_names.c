/* test_names.c: names of outputs: trees, templates, collisions, existing files,
 * lists of files, times and permissions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "support/temp_dir.h"

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state,
                 "mkdir -p in/sub/deep && $M gen --count 3 --size 60x40 a && "
                 "$M gen --count 3 --size 48x64 --seed 2 b && "
                 "cp a/img-0001.jpg in/one.jpg && "
                 "cp a/img-0002.jpg in/sub/two.JPEG && "
                 "cp a/img-0003.jpg in/sub/deep/three.jpg && "
                 "cp b/img-0001.jpg in/sub/deep/four.jpg && "
                 "$M run -s --to png b/img-0002.jpg -o in/sub && "
                 "rm -r a b && mv in/sub/img-0002.png in/sub/five.png");
    return 0;
}

/* The files below `out`, one a line, after that run. */
static void makes(struct place *place, int code, const char *arguments,
                  const char *listing)
{
    char line[2048];
    (void)snprintf(line, sizeof line,
                   "rm -rf out; $M run %s; test $? = %d || exit 99; cd out && "
                   "find . -type f | sort > ../listing; cd .. ; "
                   "printf '%s' | diff - listing",
                   arguments, code, listing);
    place_passes(place, line);
}

static void the_tree_below_each_argument_is_mirrored(void **state)
{
    makes(*state, 0, "-s in -o out",
          "./one.jpg\\n./sub/deep/four.jpg\\n./sub/deep/three.jpg\\n"
          "./sub/five.png\\n./sub/two.JPEG\\n");
    makes(*state, 0, "-s in/sub/ in/one.jpg -o out",
          "./deep/four.jpg\\n./deep/three.jpg\\n./five.png\\n./one.jpg\\n"
          "./two.JPEG\\n");
    makes(*state, 0, "-s in/sub/deep/three.jpg ./in/../in/sub/two.JPEG -o out",
          "./three.jpg\\n./two.JPEG\\n");
    makes(*state, 0, "-s --to png --depth 2 in -o out/of/the/way",
          "./of/the/way/one.png\\n./of/the/way/sub/five.png\\n"
          "./of/the/way/sub/two.png\\n");
    makes(*state, 0, "-s --include '*.jpg' --exclude four.jpg in -o out",
          "./one.jpg\\n./sub/deep/three.jpg\\n");
}

static void folders_behind_links_are_entered_on_demand(void **state)
{
    place_passes(*state, "mkdir linked && cp in/one.jpg linked && "
                         "ln -s ../in/sub linked/more && ln -s . linked/self");
    makes(*state, 0, "-s linked -o out", "./one.jpg\\n");
    makes(*state, 0, "-s --follow linked -o out",
          "./more/deep/four.jpg\\n./more/deep/three.jpg\\n./more/five.png\\n"
          "./more/two.JPEG\\n./one.jpg\\n");
    place_passes(*state, "rm -r linked");
}

static void templates_name_outputs(void **state)
{
    makes(*state, 0, "-s --name '{n:03}-{stem}.{ext}' in -o out",
          "./001-one.jpg\\n./002-five.png\\n./003-two.JPEG\\n./004-four.jpg\\n"
          "./005-three.jpg\\n");
    makes(*state, 0, "-s --name '{dir}/{{{w}x{h}}}/{stem}.{ext}' in -o out",
          "./sub/deep/{48x64}/four.jpg\\n./sub/deep/{60x40}/three.jpg\\n"
          "./sub/{48x64}/five.png\\n./sub/{60x40}/two.JPEG\\n"
          "./{60x40}/one.jpg\\n");
}

static void names_by_content_are_the_same_in_every_mode(void **state)
{
    place_passes(*state,
                 "for m in serial threads processes stages; do for j in 1 5; "
                 "do $M run -s -m $m -j $j --name '{hash:8}.{ext}' in -o h && "
                 "{ cd h; sha256sum *; cd ..; } > now && "
                 "{ test -e then || cp now then; cmp now then; } || exit 1; "
                 "rm -r h; done; done; test $(wc -l < then) = 5");
}

/* The first in the order of the inputs gets the name, not the first to end. */
static void late_names_are_claimed_in_order(void **state)
{
    place_passes(*state,
                 "mkdir same && cp in/sub/deep/four.jpg same/z.jpg && "
                 "$M gen --count 1 --size 900x700 g && mv g/* same/a.jpg && "
                 "for i in b c d e f g h; do cp in/one.jpg same/$i.jpg; done");
    place_passes(*state, "for i in 1 2 3; do rm -rf out; "
                         "$M run -j 5 -s --to png -f resize:20x20,fit=fill "
                         "--name '{w}.{ext}' same -o out; test $? = 1 && "
                         "test $(ls -A out) = 20.png && "
                         "$M run -s --to png -f resize:20x20,fit=fill "
                         "same/a.jpg -o first && cmp out/20.png first/a.png && "
                         "rm -r first || exit 1; done");
    makes(*state, 1,
          "-j 5 --to png -f resize:20x20,fit=fill "
          "--name '{w}.{ext}' same -o out 2>log",
          "./20.png\\n");
    place_passes(*state, "grep -c 'write: the output name is taken: by "
                         "same/a.jpg: ' log | grep -qx 8 && "
                         "grep -q '1 done, 8 failed' log");
    makes(*state, 0,
          "-j 5 -s --on-collision skip --name '{w}x{h}.jpg' same "
          "-o out",
          "./48x64.jpg\\n./60x40.jpg\\n./900x700.jpg\\n");
    makes(*state, 0,
          "-j 5 -s --on-collision suffix --name '{w}.jpg' "
          "same/b.jpg same/z.jpg same/c.jpg same/d.jpg -o out",
          "./48.jpg\\n./60-2.jpg\\n./60-3.jpg\\n./60.jpg\\n");
    place_passes(*state, "rm -r same");
}

static void collisions_are_settled_as_asked(void **state)
{
    makes(*state, 0,
          "-s --on-collision suffix --name '{stem}.{ext}' in "
          "in/one.jpg ./in/one.jpg -o out",
          "./five.png\\n./four.jpg\\n./one-2.jpg\\n./one-3.jpg\\n./one.jpg\\n"
          "./three.jpg\\n./two.JPEG\\n");
    makes(*state, 0, "--on-collision skip in in -o out 2> log",
          "./one.jpg\\n./sub/deep/four.jpg\\n./sub/deep/three.jpg\\n"
          "./sub/five.png\\n./sub/two.JPEG\\n");
    place_passes(*state, "grep -q '5 done, 5 skipped' log");
}

static void names_of_two_normal_forms_are_written_with_a_warning(void **state)
{
    place_passes(*state,
                 "mkdir u v; cp in/one.jpg \"u/$(printf 'caf\\303\\251')\"; "
                 "cp in/one.jpg \"v/$(printf 'cafe\\314\\201')\"; "
                 "$M run u v -o out");
    place_says(*state, "warning: v/cafe\xcc\x81: plan: its output differs from "
                       "another only in the normal form of Unicode: "
                       "out/cafe\xcc\x81.jpg and that of u/caf\xc3\xa9: ");
    place_passes(*state, "test $(ls out | wc -l) = 2; rm -r u v out");
}

static void what_is_there_already_is_treated_as_asked(void **state)
{
    struct place *place = *state;
    const char *const late[] = {"", "--name '{dir}/{stem}-{w}.{ext}'"};
    char line[512];
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s %s in -o out && "
                       "cd out && echo mine > one%s.jpg && "
                       "touch -d 2001-01-01 sub/two* && cd ..",
                       late[i], i ? "-60" : "");
        place_passes(place, line);
        (void)snprintf(line, sizeof line, "$M run %s in -o out", late[i]);
        place_exits(place, i ? 1 : 2, line);
        place_says(place, "exists already");
        (void)snprintf(line, sizeof line, "$M run --existing skip %s in -o out",
                       late[i]);
        place_passes(place, line);
        place_says(place, "0 done, 5 skipped");
        (void)snprintf(line, sizeof line,
                       "$M run --existing newer %s in -o out", late[i]);
        place_passes(place, line);
        place_says(place, "1 done, 4 skipped");
        place_passes(place, "grep -qx mine out/one*.jpg");
        (void)snprintf(line, sizeof line,
                       "$M run --existing overwrite %s in -o out", late[i]);
        place_passes(place, line);
        place_says(place, "5 done");
        place_passes(place, "! grep -qx mine out/one*.jpg && "
                            "test $(find out -type f | wc -l) = 5");
    }
}

/* A part of a picture never replaces a whole one. */
static void a_failed_picture_leaves_what_was_there(void **state)
{
    place_passes(*state, "rm -rf out; mkdir out cut; echo mine > out/one.jpg; "
                         "head -c 700 in/one.jpg > cut/one.jpg");
    place_exits(*state, 1, "$M run -s --existing overwrite cut -o out");
    place_passes(*state, "grep -qx mine out/one.jpg && "
                         "test $(ls -A out) = one.jpg && rm -r cut");
}

static void an_output_root_within_the_inputs_is_no_input(void **state)
{
    place_passes(*state, "$M run in -o in/web");
    place_says(*state, "5 done");
    place_passes(*state, "$M run --existing overwrite in -o in/web");
    place_says(*state, "5 done");
    place_passes(*state, "test ! -e in/web/web && rm -r in/web");
}

static void lists_of_files_are_read(void **state)
{
    place_passes(*state, "printf 'new\\nline.jpg' > name; "
                         "cp in/one.jpg \"$(cat name)\"; "
                         "cp in/one.jpg ./-; cp in/one.jpg ./-n.jpg");
    makes(*state, 0,
          "-s --files-from list -o out "
          "$(printf 'in/one.jpg\\n\\nin/sub\\n' > list)",
          "./deep/four.jpg\\n./deep/three.jpg\\n./five.png\\n./one.jpg\\n"
          "./two.JPEG\\n");
    makes(*state, 0,
          "-s -0 --files-from zeros -o out "
          "$(printf 'new\\nline.jpg\\0-n.jpg\\0' > zeros)",
          "./-n.jpg\\n./new\\nline.jpg\\n");
    place_passes(*state, "rm -r out; find . -path ./in/sub -prune -o "
                         "-name '*.jpg' -print0 | "
                         "$M run -s --files-from - -0 -o out && "
                         "test $(find out -type f | tr -dc '/\\n' | grep -c /) "
                         "= 3");
    makes(*state, 0,
          "-s --files-from list in/one.jpg --on-collision skip "
          "-o out $(printf 'in/sub/two.JPEG' > list)",
          "./one.jpg\\n./two.JPEG\\n");
    makes(*state, 0, "-s -o out -- -n.jpg", "./-n.jpg\\n");
    place_passes(*state, "rm -f list zeros name ./-* new*");
}

static void times_and_modes_are_kept_on_request(void **state)
{
    place_passes(*state, "touch -d '2003-02-01 04:05:06.789' in/one.jpg && "
                         "chmod 640 in/one.jpg && umask 027");
    static const char *const ways[] = {"-m serial", "-m processes",
                                       "--name '{stem}{w}.{ext}'"};
    char line[512];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s -p %s in/one.jpg -o out && "
                       "stat -c '%%a %%y' out/*.jpg > now && "
                       "stat -c '%%a %%y' in/one.jpg | diff - now",
                       ways[i]);
        place_passes(*state, line);
        (void)snprintf(
            line, sizeof line,
            "umask 027; rm -rf out; "
            "chmod 600 in/one.jpg; $M run -s %s in/one.jpg -o out && "
            "test $(stat -c %%a out/*.jpg) = 640 && "
            "test out/*.jpg -nt in/one.jpg && chmod 640 in/one.jpg",
            ways[i]);
        place_passes(*state, line);
    }
}

static void a_dry_run_lists_in_order_and_writes_nothing(void **state)
{
    static const char *const modes[] = {"serial", "threads", "processes",
                                        "async", "hybrid"};
    char line[512];
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -n -s -m %s -j 5 -f resize:30 "
                       "--to png in -o out",
                       modes[i]);
        place_passes(*state, line);
        assert_string_equal(
            ((struct place *)*state)->text,
            "in/one.jpg -> one.png  jpeg 60x40 -> png 30x20\n"
            "in/sub/five.png -> sub/five.png  png 48x64 -> png 30x40\n"
            "in/sub/two.JPEG -> sub/two.png  jpeg 60x40 -> png 30x20\n"
            "in/sub/deep/four.jpg -> sub/deep/four.png  jpeg 48x64 -> png "
            "30x40\n"
            "in/sub/deep/three.jpg -> sub/deep/three.png  jpeg 60x40 -> png "
            "30x20\n");
        place_passes(*state, "test ! -e out");
    }
    place_passes(*state, "$M run -n in -o out");
    place_says(*state, "5 would be done");
    place_passes(*state,
                 "$M run -n -f levels:5% -f invert -f blur:1 -f solarize "
                 "in -o out");
    place_says(*state, "5 would be done\n  levels + invert as one table\n");
    place_passes(*state, "mkdir out; echo mine > out/one.jpg; "
                         "$M run -n -s --existing skip in/one.jpg -o out");
    place_says(*state, "in/one.jpg: skipped: the output exists");
    place_passes(*state, "$M run -n -s --name '{w}/{stem}.{ext}' in -o out");
    place_says(*state, "in/sub/five.png -> 48/five.png  ");
    /* A name that depends on the bytes is unknown, so it cannot collide. */
    place_passes(*state, "$M run -n -s --name '{hash}.{ext}' in -o out");
    place_says(*state, "in/sub/five.png -> ?  png 48x64");
    place_passes(*state, "test $(ls -A out) = one.jpg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_below_each_argument_is_mirrored),
        cmocka_unit_test(folders_behind_links_are_entered_on_demand),
        cmocka_unit_test(templates_name_outputs),
        cmocka_unit_test(names_by_content_are_the_same_in_every_mode),
        cmocka_unit_test(late_names_are_claimed_in_order),
        cmocka_unit_test(collisions_are_settled_as_asked),
        cmocka_unit_test(names_of_two_normal_forms_are_written_with_a_warning),
        cmocka_unit_test(what_is_there_already_is_treated_as_asked),
        cmocka_unit_test(a_failed_picture_leaves_what_was_there),
        cmocka_unit_test(an_output_root_within_the_inputs_is_no_input),
        cmocka_unit_test(lists_of_files_are_read),
        cmocka_unit_test(times_and_modes_are_kept_on_request),
        cmocka_unit_test(a_dry_run_lists_in_order_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
