/* test_verify.c: what `verify` calls the same, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/verify/diff.h"
#include "command/verify/report.h"
#include "files/digest/manifest.h"
#include "files/digest/tree.h"
#include "support/skip.h"
#include "support/temp_dir.h"

/* All but two digits of a digest. */
#define SOME_HEX                                                               \
    "00000000000000000000000000000000000000000000000000000000000000"

/* Two trees alike, with folders, a hidden file and awkward names. */
static void put_trees(struct place *place)
{
    place_exits(place, 0,
                "mkdir -p a/sub/deep; echo 1 > a/one; echo 2 > a/sub/two; "
                "echo 3 > a/sub/deep/three; echo h > a/.hidden; : > a/empty; "
                "echo s > 'a/with space'; echo d > a/-dash; cp -r a b");
}

static void trees_alike_are_the_same(void **state)
{
    struct place *place = *state;
    put_trees(place);
    place_exits(place, 0, "$M verify a b");
    place_says(place, "7 same, 0 different");
    place_exits(place, 0, "$M verify a/ b/");
    place_exits(place, 0, "$M verify a a");
}

static void each_difference_is_named(void **state)
{
    struct place *place = *state;
    put_trees(place);
    place_exits(place, 0,
                "echo 4 > b/sub/two; rm b/one; echo n > b/new; "
                "echo longer > b/.hidden");
    place_exits(place, 6, "$M verify a b");
    place_says(place, "sub/two: different: byte 0 is 50 and 52");
    place_says(place, "one: missing");
    place_says(place, "new: extra");
    place_says(place, ".hidden: different: 2 and 7 bytes");
    place_says(place, "4 same, 2 different, 1 missing, 1 extra");
}

static void paths_are_compared_as_bytes_in_order(void **state)
{
    /* '-' and '.' sort before '/': a walk in folder order would mismatch. */
    struct place *place = *state;
    place_exits(place, 0,
                "mkdir -p a/x a/x-y a/x.z; echo 1 > a/x/f; echo 2 > a/x-y/f;"
                "echo 3 > a/x.z/f; cp -r a b; rm -r b/x-y");
    place_exits(place, 6, "$M verify a b");
    place_says(place, "2 same, 0 different, 1 missing\n");
}

static void a_late_byte_counts(void **state)
{
    struct place *place = *state;
    place_exits(place, 0,
                "head -c 200000 /dev/zero > a; cp a b; "
                "printf x | dd of=b bs=1 seek=131072 conv=notrunc 2>&1");
    place_exits(place, 6, "$M verify a b");
    place_says(place, "byte 131072 is 0 and 120");
    place_exits(place, 0, "cp a b && $M verify a b");
}

static void only_twenty_are_shown_and_the_rest_counted(void **state)
{
    struct place *place = *state;
    place_exits(place, 0, "mkdir a b; for i in $(seq 25); do : > a/$i; done");
    place_exits(place, 6, "$M verify a b");
    place_says(place, "... and 5 more");
    place_says(place, "25 missing");
    place_exits(place, 0, "test $($M verify a b | grep -c missing) = 21");
}

static void kinds_of_files_must_agree(void **state)
{
    struct place *place = *state;
    place_exits(place, 0,
                "mkdir a b; mkfifo a/pipe b/pipe; mkfifo a/x; echo > b/x; "
                "ln -s nowhere a/link; ln -s nowhere b/link");
    place_exits(place, 6, "$M verify a b"); /* and does not wait for a writer */
    place_says(place, "x: different: not the same type of file");
    place_says(place, "2 same, 1 different");
}

static void links_are_followed_and_loops_reported(void **state)
{
    struct place *place = *state;
    place_exits(place, 0, "mkdir a b; echo 1 > f; ln -s ../f a/f; cp f b/f");
    place_exits(place, 0, "$M verify a b");
    place_exits(place, 0, "ln -s . a/loop");
    place_exits(place, 1, "$M verify a b");
    place_says(place, "loop: unreadable");
}

static void a_missing_tree_is_an_error(void **state)
{
    struct place *place = *state;
    place_exits(place, 1, "$M verify nowhere here");
    place_says(place, "nowhere: No such file");
}

/* Root obeys the mode bits of files without these capabilities. */
static void unreadable_files_are_reported(void **state)
{
    struct place *place = *state;
    const bool root = geteuid() == 0;
    char line[512];
    if (root && access("/usr/bin/setpriv", X_OK) != 0)
        ml_test_skip("root may read every file, and setpriv is missing");
    const char *as_user =
        root ? "setpriv --bounding-set=-dac_override,-dac_read_search" : "";
    put_trees(place);
    (void)snprintf(line, sizeof line, "chmod 0 b/one; %s $M verify a b",
                   as_user);
    place_exits(place, 1, line);
    place_says(place, "one: unreadable");
    (void)snprintf(line, sizeof line,
                   "chmod 0 b/sub; %s $M verify a b; c=$?; chmod 755 b/sub; "
                   "exit $c",
                   as_user);
    place_exits(place, 1, line);
    place_says(place, "sub: unreadable");
}

static void pixels_may_be_close_enough(void **state)
{
    struct place *place = *state;
    place_exits(place, 0,
                "$M gen --count 3 --size 90x60 -q 95 a && "
                "$M gen --count 3 --size 90x60 -q 70 b");
    place_exits(place, 6, "$M verify a b");
    place_exits(place, 0, "$M verify --psnr 20 a b");
    place_exits(place, 6, "$M verify --psnr 60 a b");
    place_says(place, "PSNR is ");
    place_exits(place, 0, "$M verify --max-error 255 a b");
    place_exits(place, 6, "$M verify --max-error 1 a b");
    place_says(place, "largest error is ");
    place_exits(place, 6, "$M verify --psnr 20 --max-error 1 a b");
}

static void the_same_pixels_in_another_file_are_the_same(void **state)
{
    struct place *place = *state;
    place_exits(place, 0,
                "$M gen --count 2 --size 50x40 a && "
                "$M gen --count 2 --size 50x40 --progressive b");
    place_exits(place, 6, "$M verify a b");
    place_exits(place, 0, "$M verify --max-error 0 a b");
}

static void layouts_are_widened_before_comparing(void **state)
{
    struct place *place = *state;
    /* 16 bits rounded to 8 are off by at most half a level. */
    place_exits(place, 0,
                "$M gen --kind chart --count 2 --size 64x48 a && "
                "$M gen --kind chart --count 2 --size 64x48 --depth 16 b");
    place_exits(place, 0, "$M verify --max-error 0.5 a b");
    place_exits(place, 6, "$M verify --max-error 0.2 a b");
    place_exits(place, 6,
                "rm -r b; $M gen --kind chart --count 2 --size 64x47 b; "
                "$M verify --max-error 255 a b");
    place_says(place, "64x48 and 64x47 pixels");
}

static void no_picture_falls_back_to_bytes(void **state)
{
    struct place *place = *state;
    place_exits(place, 0, "mkdir a b; echo text > a/t; echo text > b/t");
    place_exits(place, 0, "$M verify --psnr 30 a b");
    place_exits(place, 6, "echo other > b/t; $M verify --psnr 30 a b");
    place_exits(place, 6,
                "$M gen --count 1 --size 20x20 c; cp c/img-0001.jpg b/t; "
                "$M verify --psnr 30 a b");
    place_says(place, "only the right file is a picture");
    place_exits(place, 1,
                "cp b/t a/t; truncate -s 500 b/t; "
                "$M verify --psnr 30 a b");
    place_says(place, "t: unreadable: right:");
}

static void two_files_are_compared_whatever_their_names(void **state)
{
    struct place *place = *state;
    place_exits(place, 0, "echo 1 > x; echo 1 > y; $M verify x y");
    place_exits(place, 6, "echo 2 > y; $M verify x y");
    place_exits(place, 2, "mkdir d; $M verify x d");
}

static void a_manifest_is_what_sha256sum_writes(void **state)
{
    struct place *place = *state;
    put_trees(place);
    place_exits(place, 0,
                "echo n > \"a/new\nline\"; echo b > 'a/back\\slash'; "
                "$M verify --write-manifest a > list");
    place_exits(place, 0, "cd a && sha256sum --quiet -c ../list");
    place_exits(place, 0, "test $(wc -l < list) = 9");
    place_exits(place, 0, "$M verify --manifest list a");
    place_says(place, "9 same, 0 different");
    place_exits(place, 0,
                "cd a && find . -type f -print0 | xargs -0 sha256sum -b "
                "> ../list2 && cd .. && $M verify --manifest list2 a");
}

static void a_manifest_finds_changes(void **state)
{
    struct place *place = *state;
    put_trees(place);
    place_exits(place, 0, "$M verify --write-manifest a > list");
    place_exits(place, 6,
                "echo x > a/one; rm a/empty; echo > a/more; mkfifo a/f; "
                "$M verify --manifest list a");
    place_says(place, "one: different: the SHA-256 differs");
    place_says(place, "empty: missing: only in the manifest");
    place_says(place, "more: extra: not in the manifest");
    place_says(place, "f: extra");
}

static void a_bad_manifest_is_refused_with_its_line(void **state)
{
    static const char *const bad[] = {
        "hello",         "0123  short",   SOME_HEX "zz  f",
        SOME_HEX "00 f", SOME_HEX "00  ", ("\\\\" SOME_HEX "00  a\\\\x")};
    struct place *place = *state;
    put_trees(place);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "$M verify --write-manifest a > list; "
                       "printf '%s\\n' >> list; $M verify --manifest list a",
                       bad[i]);
        print_message("%s\n", bad[i]);
        place_exits(place, 1, line);
        place_says(place, "line 8");
    }
    place_exits(place, 1,
                "$M verify --write-manifest a > list; cat list list > two; "
                "$M verify --manifest two a");
    place_says(place, "listed twice");
}

static void the_digest_is_sha256(void **state)
{
    (void)state;
    /* FIPS 180-2, appendix B.1. */
    static const uint8_t abc[] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t digest[ML_DIGEST_BYTES];
    struct ml_error err;
    assert_int_equal(system("printf abc > abc"), 0);
    assert_int_equal(ml_digest_file("abc", digest, &err), ML_OK);
    assert_memory_equal(digest, abc, sizeof abc);
    assert_int_equal(ml_digest_file("nowhere", digest, &err), ML_ERR_OS);
}

static void json_lists_all_and_holds_any_name(void **state)
{
    struct place *place = *state;
    place_exits(place, 0,
                "mkdir a b; for i in $(seq 30); do : > a/$i; done; "
                "echo 1 > \"$(printf 'a/\\377x')\"");
    place_exits(place, 6, "$M verify --json a b");
    json_error_t error;
    json_t *json = json_loads(place->text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(json);
    const json_t *notes = json_object_get(json, "notes");
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    assert_string_equal(json_string_value(json_object_get(json, "result")),
                        "different");
    assert_int_equal(json_integer_value(json_object_get(json, "missing")), 31);
    assert_int_equal(json_array_size(notes), 31);
    const json_t *last = json_array_get(notes, 30);
    assert_string_equal(json_string_value(json_object_get(last, "path")),
                        "\\xffx");
    assert_string_equal(json_string_value(json_object_get(last, "path_b64")),
                        "/3g=");
    assert_null(json_object_get(json_array_get(notes, 0), "path_b64"));
    json_decref(json);
    place_exits(place, 0, "$M verify --json a a");
    place_says(place, "\"result\": \"same\"");
}

static void mistakes_are_refused(void **state)
{
    static const char *const mistakes[] = {"a",
                                           "a b c",
                                           "",
                                           "--psnr x a b",
                                           "--psnr -3 a b",
                                           "--max-error 256 a b",
                                           "--manifest l a b",
                                           "--manifest l --psnr 3 a",
                                           "--write-manifest --json a",
                                           "--write-manifest --manifest l a"};
    struct place *place = *state;
    put_trees(place);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "$M verify %s", mistakes[i]);
        print_message("%s\n", line);
        place_exits(place, 2, line);
    }
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(trees_alike_are_the_same),
        IN_PLACE(each_difference_is_named),
        IN_PLACE(paths_are_compared_as_bytes_in_order),
        IN_PLACE(a_late_byte_counts),
        IN_PLACE(only_twenty_are_shown_and_the_rest_counted),
        IN_PLACE(kinds_of_files_must_agree),
        IN_PLACE(links_are_followed_and_loops_reported),
        IN_PLACE(a_missing_tree_is_an_error),
        IN_PLACE(unreadable_files_are_reported),
        IN_PLACE(pixels_may_be_close_enough),
        IN_PLACE(the_same_pixels_in_another_file_are_the_same),
        IN_PLACE(layouts_are_widened_before_comparing),
        IN_PLACE(no_picture_falls_back_to_bytes),
        IN_PLACE(two_files_are_compared_whatever_their_names),
        IN_PLACE(a_manifest_is_what_sha256sum_writes),
        IN_PLACE(a_manifest_finds_changes),
        IN_PLACE(a_bad_manifest_is_refused_with_its_line),
        IN_PLACE(the_digest_is_sha256),
        IN_PLACE(json_lists_all_and_holds_any_name),
        IN_PLACE(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
