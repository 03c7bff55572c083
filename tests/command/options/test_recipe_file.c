/* test_recipe_file.c: where recipes are found. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/options/recipe_file.h"

#define ONE "minilab-recipe 1\ninvert\n"
#define TWO "minilab-recipe 1\ninvert\ninvert\n"

/* A folder for the test, which is its working folder. */
struct place {
    char root[64];
    int back;
};

static void place_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int place_open(void **state)
{
    static struct place place;
    char config[80];
    (void)strcpy(place.root, "/tmp/minilab-recipe-XXXXXX");
    place.back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place.back < 0 || !mkdtemp(place.root) || chdir(place.root) != 0 ||
        mkdir("config", 0700) != 0 || mkdir("config/minilab", 0700) != 0 ||
        mkdir(".config", 0700) != 0 || mkdir(".config/minilab", 0700) != 0)
        return -1;
    (void)snprintf(config, sizeof config, "%s/config", place.root);
    (void)setenv("XDG_CONFIG_HOME", config, 1);
    (void)setenv("HOME", place.root, 1);
    *state = &place;
    return 0;
}

static int place_close(void **state)
{
    const struct place *place = *state;
    static const char *const paths[] = {"config/minilab/web.recipe",
                                        "config/minilab",
                                        "config",
                                        ".config/minilab/web.recipe",
                                        ".config/minilab",
                                        ".config",
                                        "web",
                                        "long"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        (void)remove(paths[i]);
    const int gone = rmdir(place->root);
    const int back = fchdir(place->back);
    (void)close(place->back);
    return gone | back;
}

static size_t read_ok(const char *name)
{
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    if (ml_recipe_read(&chain, name, &err) != ML_OK)
        fail_msg("%s: %s: %s: %s", name, err.what, err.why, err.remedy);
    return chain.count;
}

static void read_bad(const char *name, const char *what, const char *why)
{
    struct ml_chain chain = {0};
    struct ml_error err = {0};
    assert_int_equal(ml_recipe_read(&chain, name, &err), ML_ERR_USAGE);
    assert_int_equal(err.status, ML_ERR_USAGE);
    if (!strstr(err.what, what) || !strstr(err.why, why) || !*err.remedy)
        fail_msg("%s: %s: %s: %s", name, err.what, err.why, err.remedy);
    assert_int_equal(chain.count, 0);
}

static void a_plain_name_is_found_in_the_configuration(void **state)
{
    (void)state;
    place_write("config/minilab/web.recipe", ONE);
    assert_int_equal(read_ok("web"), 1);
}

static void without_xdg_the_home_folder_is_searched(void **state)
{
    (void)state;
    place_write("config/minilab/web.recipe", ONE);
    place_write(".config/minilab/web.recipe", TWO);
    (void)unsetenv("XDG_CONFIG_HOME");
    assert_int_equal(read_ok("web"), 2);
    (void)setenv("XDG_CONFIG_HOME", "config", 1); /* not absolute: ignored */
    assert_int_equal(read_ok("web"), 2);
    (void)unsetenv("HOME");
    read_bad("web", "cannot read the recipe", "web: No such file");
}

static void a_file_that_is_there_goes_first(void **state)
{
    (void)state;
    place_write("config/minilab/web.recipe", ONE);
    place_write("web", TWO);
    assert_int_equal(read_ok("web"), 2);
    assert_int_equal(read_ok("./web"), 2);
    assert_int_equal(read_ok("config/minilab/web.recipe"), 1);
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    read_bad("web", "cannot read the recipe", "No such file");
    read_bad("./web", "cannot read the recipe", "./web: No such file");
    read_bad("./config", "cannot read the recipe", "Is a directory");
    place_write("web", "nonsense\n");
    read_bad("web", "web:1: not a recipe", "nonsense");
}

static void a_recipe_has_a_greatest_length(void **state)
{
    (void)state;
    char *text = malloc(ML_RECIPE_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', ML_RECIPE_BYTES_MAX + 1);
    memcpy(text, ONE, sizeof ONE - 1);
    text[ML_RECIPE_BYTES_MAX] = '\0';
    place_write("long", text);
    assert_int_equal(read_ok("long"), 1);
    text[ML_RECIPE_BYTES_MAX] = '\n';
    text[ML_RECIPE_BYTES_MAX + 1] = '\0';
    place_write("long", text);
    read_bad("long", "too long", "65536");
    free(text);
}

#define IN_PLACE(test)                                                         \
    cmocka_unit_test_setup_teardown(test, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_plain_name_is_found_in_the_configuration),
        IN_PLACE(without_xdg_the_home_folder_is_searched),
        IN_PLACE(a_file_that_is_there_goes_first),
        IN_PLACE(what_cannot_be_read_is_refused),
        IN_PLACE(a_recipe_has_a_greatest_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
