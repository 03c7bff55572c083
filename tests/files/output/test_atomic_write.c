/* test_atomic_write.c: whole files or none, and none outside the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/output/atomic_write.h"
#include "support/files/tree.h"
#include "support/rights.h"
#include "support/skip.h"

struct fixture {
    struct test_tree tree;
    struct ml_output_root root;
    struct ml_temps temps;
    struct ml_writer writer;
    struct ml_write_options options;
    struct ml_error err;
};

static void fixture_open(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    test_tree_open(&f->tree);
    assert_int_equal(
        ML_OK, ml_output_root_open(
                   &f->root, test_tree_path(&f->tree, "new/out"), &f->err));
    assert_int_equal(-1, f->root.fd);
    assert_int_equal(ML_OK, ml_output_root_create(&f->root, &f->err));
    assert_int_equal(ML_OK, ml_temps_open(&f->temps, &f->err));
    ml_writer_open(&f->writer, &f->root, &f->temps);
}

static void fixture_close(struct fixture *f)
{
    ml_writer_close(&f->writer);
    ml_temps_close(&f->temps);
    ml_output_root_close(&f->root);
    test_tree_close(&f->tree);
}

static enum ml_status put(struct fixture *f, const char *relative,
                          const char *text)
{
    return ml_write_file(&f->writer, relative, text, strlen(text), &f->options,
                         &f->err);
}

static void file_is_written_with_its_folders(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_int_equal(ML_OK, put(&f, "a.jpg", "first"));
    assert_int_equal(ML_OK, put(&f, "x/y/z/b.jpg", "second"));
    assert_int_equal(ML_OK, put(&f, "x/y/c.jpg", ""));
    test_tree_expect(&f.tree, "new/out/a.jpg", "first");
    test_tree_expect(&f.tree, "new/out/x/y/z/b.jpg", "second");
    test_tree_expect(&f.tree, "new/out/x/y/c.jpg", "");
    assert_int_equal(2, test_tree_count(&f.tree, "new/out"));
    assert_int_equal(2, test_tree_count(&f.tree, "new/out/x/y"));
    fixture_close(&f);
}

static void what_exists_is_kept_unless_replaced(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_int_equal(ML_OK, put(&f, "a.jpg", "first"));
    assert_int_equal(ML_ERR_EXISTS, put(&f, "a.jpg", "second"));
    assert_int_equal(ML_STEP_WRITE, f.err.step);
    test_tree_expect(&f.tree, "new/out/a.jpg", "first");
    test_tree_link(&f.tree, "new/out/gone.jpg", "nowhere");
    assert_int_equal(ML_ERR_EXISTS, put(&f, "gone.jpg", "x"));
    f.options.replace = true;
    assert_int_equal(ML_OK, put(&f, "a.jpg", "third"));
    test_tree_expect(&f.tree, "new/out/a.jpg", "third");
    assert_int_equal(2, test_tree_count(&f.tree, "new/out"));
    fixture_close(&f);
}

static void replacing_a_link_leaves_its_target_alone(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_text(&f.tree, "precious.jpg", "precious");
    test_tree_link(&f.tree, "new/out/a.jpg", "../../precious.jpg");
    f.options.replace = true;
    assert_int_equal(ML_OK, put(&f, "a.jpg", "new"));
    test_tree_expect(&f.tree, "precious.jpg", "precious");
    test_tree_expect(&f.tree, "new/out/a.jpg", "new");
    fixture_close(&f);
}

static void folder_in_the_place_of_the_file_is_an_error(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_folder(&f.tree, "new/out/a.jpg");
    test_tree_text(&f.tree, "new/out/file", "x");
    assert_int_equal(ML_ERR_EXISTS, put(&f, "a.jpg", "x"));
    f.options.replace = true;
    assert_int_equal(ML_ERR_OS, put(&f, "a.jpg", "x"));
    assert_int_equal(EISDIR, f.err.os_errno);
    assert_int_equal(ML_ERR_OS, put(&f, "file/a.jpg", "x"));
    assert_int_equal(ENOTDIR, f.err.os_errno);
    assert_int_equal(2, test_tree_count(&f.tree, "new/out"));
    fixture_close(&f);
}

static void links_cannot_lead_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_folder(&f.tree, "far");
    test_tree_folder(&f.tree, "new/out/in");
    test_tree_link(&f.tree, "new/out/up", "../../far");
    test_tree_link(&f.tree, "new/out/there", f.tree.root);
    test_tree_link(&f.tree, "new/out/side", "in");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ML_ERR_OS, put(&f, "up/a.jpg", "x"));
        assert_int_equal(ML_ERR_OS, put(&f, "up/new/a.jpg", "x"));
        assert_int_equal(ML_ERR_OS, put(&f, "there/a.jpg", "x"));
        assert_non_null(strstr(f.err.what, round && f.err.os_errno != EXDEV
                                               ? "in the way"
                                               : "leads out"));
        assert_int_equal(0, test_tree_count(&f.tree, "far"));
        /* A link that stays inside is followed if the kernel has openat2. */
        assert_int_equal(f.root.beneath ? ML_OK : ML_ERR_OS,
                         put(&f, "side/a.jpg", "x"));
        /* Second round: as on a kernel without openat2. */
        ml_writer_close(&f.writer);
        f.root.beneath = false;
    }
    assert_int_equal(ML_OK, put(&f, "n/e/w/a.jpg", "x"));
    fixture_close(&f);
}

static void permissions_and_times_are_carried(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    const struct ml_file_attributes attributes = {.mode = S_IFREG | 04640,
                                                  .accessed = {1000000000, 5},
                                                  .modified = {1100000000, 7}};
    f.options.attributes = &attributes;
    assert_int_equal(ML_OK, put(&f, "a.jpg", "x"));
    struct stat st;
    assert_int_equal(0, stat(test_tree_path(&f.tree, "new/out/a.jpg"), &st));
    assert_int_equal(0640, st.st_mode & 07777);
    assert_int_equal(1100000000, st.st_mtim.tv_sec);
    assert_int_equal(7, st.st_mtim.tv_nsec);
    assert_int_equal(1000000000, st.st_atim.tv_sec);
    f.options.attributes = NULL;
    const mode_t before = umask(027);
    assert_int_equal(ML_OK, put(&f, "b.jpg", "x"));
    (void)umask(before);
    assert_int_equal(0, stat(test_tree_path(&f.tree, "new/out/b.jpg"), &st));
    assert_int_equal(0640, st.st_mode & 07777);
    fixture_close(&f);
}

static void removed_folder_is_made_again(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_int_equal(ML_OK, put(&f, "d/a.jpg", "x"));
    assert_int_equal(0, unlink(test_tree_path(&f.tree, "new/out/d/a.jpg")));
    assert_int_equal(0, rmdir(test_tree_path(&f.tree, "new/out/d")));
    assert_int_equal(ML_OK, put(&f, "d/b.jpg", "y"));
    test_tree_expect(&f.tree, "new/out/d/b.jpg", "y");
    fixture_close(&f);
}

static void more_folders_than_are_kept_open(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    for (int i = 0; i < 60; i++) {
        char relative[32];
        (void)snprintf(relative, sizeof relative, "d%d/%d.jpg", i * 7 % 20, i);
        assert_int_equal(ML_OK, put(&f, relative, relative));
        char path[64];
        (void)snprintf(path, sizeof path, "new/out/%s", relative);
        test_tree_expect(&f.tree, path, relative);
    }
    assert_int_equal(20, test_tree_count(&f.tree, "new/out"));
    fixture_close(&f);
}

static void names_are_bytes(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    char longest[256];
    memset(longest, 'x', 255);
    longest[255] = '\0';
    const char *const names[] = {" a b ", "-rf", "line\nbreak", "\xff\xfe",
                                 longest};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(ML_OK, put(&f, names[i], "x"));
        char path[512];
        (void)snprintf(path, sizeof path, "new/out/%s", names[i]);
        assert_true(test_tree_exists(&f.tree, path));
    }
    fixture_close(&f);
}

/* No signal and a limit of 1000 bytes a file: write fails in the middle. */
static void failed_write_leaves_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    static char data[5000];
    struct rlimit before;
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
    const struct rlimit low = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &low));
    const enum ml_status status = ml_write_file(
        &f.writer, "a.jpg", data, sizeof data, &f.options, &f.err);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
    assert_int_equal(ML_ERR_OS, status);
    assert_int_equal(EFBIG, f.err.os_errno);
    assert_int_equal(0, test_tree_count(&f.tree, "new/out"));
    fixture_close(&f);
}

static void full_disk_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    const char *disk = test_tree_path(&f.tree, "new/out/disk");
    test_tree_folder(&f.tree, "new/out/disk");
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) {
        const int reason = errno;
        fixture_close(&f);
        ml_test_skip("a small disk cannot be mounted: %s", strerror(reason));
    }
    struct ml_output_root small;
    struct ml_writer writer;
    static char data[100000];
    assert_int_equal(ML_OK, ml_output_root_open(&small, disk, &f.err));
    ml_writer_open(&writer, &small, &f.temps);
    assert_int_equal(ML_ERR_OS, ml_write_file(&writer, "a.jpg", data,
                                              sizeof data, &f.options, &f.err));
    assert_int_equal(ENOSPC, f.err.os_errno);
    assert_non_null(strstr(f.err.remedy, "space"));
    assert_int_equal(0, test_tree_count(&f.tree, "new/out/disk"));
    ml_writer_close(&writer);
    assert_int_equal(
        0, mount("tmpfs", disk, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL));
    assert_int_equal(ML_ERR_OS, ml_write_file(&writer, "a.jpg", data, 1,
                                              &f.options, &f.err));
    assert_int_equal(EROFS, f.err.os_errno);
    assert_non_null(strstr(f.err.remedy, "folder that can be written"));
    ml_writer_close(&writer);
    ml_output_root_close(&small);
    assert_int_equal(0, umount(disk));
    fixture_close(&f);
}

static void forbidden_folder_is_said(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_folder(&f.tree, "new/out/shut");
    assert_int_equal(0, chmod(test_tree_path(&f.tree, "new/out/shut"), 0500));
    test_rights_drop();
    assert_int_equal(ML_ERR_OS, put(&f, "shut/a.jpg", "x"));
    test_rights_restore();
    assert_int_equal(EACCES, f.err.os_errno);
    fixture_close(&f);
}

static void emergency_exit_removes_all_temporary_files(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    const int folder = ml_output_root_mkdirs(&f.root, "d");
    size_t slots[3];
    for (size_t i = 0; i < 3; i++) {
        const int fd = ml_temps_create(&f.temps, folder, &slots[i]);
        assert_true(fd >= 0);
        assert_int_equal(0, close(fd));
    }
    assert_int_equal(3, test_tree_count(&f.tree, "new/out/d"));
    ml_temps_remove(&f.temps, slots[1]);
    assert_int_equal(2, test_tree_count(&f.tree, "new/out/d"));
    assert_int_equal(2, ml_temps_remove_all(&f.temps));
    assert_int_equal(0, test_tree_count(&f.tree, "new/out/d"));
    assert_int_equal(ML_ERR_CANCELLED, put(&f, "a.jpg", "x"));
    ml_temps_remove(&f.temps, slots[0]);
    ml_temps_forget(&f.temps, slots[2]);
    assert_int_equal(0, close(folder));
    fixture_close(&f);
}

static void there_are_never_more_temporary_files_than_slots(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    size_t slot;
    for (size_t i = 0; i < ML_TEMPS_MAX; i++)
        assert_int_equal(0, close(ml_temps_create(&f.temps, f.root.fd, &slot)));
    assert_int_equal(-1, ml_temps_create(&f.temps, f.root.fd, &slot));
    assert_int_equal(EMFILE, errno);
    for (size_t i = 0; i < ML_TEMPS_MAX; i++)
        ml_temps_remove(&f.temps, i);
    assert_int_equal(0, test_tree_count(&f.tree, "new/out"));
    fixture_close(&f);
}

#define THREADS 4
#define FILES 100

struct thread_part {
    struct fixture *f;
    int number;
    int written, cancelled, other;
};

/* Every thread makes the same folders and its own files in them. */
static void *thread_writes(void *context)
{
    struct thread_part *part = context;
    struct ml_writer writer;
    struct ml_error err;
    ml_writer_open(&writer, &part->f->root, &part->f->temps);
    for (int i = 0; i < FILES; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "a%d/b%d/%d-%d", i % 3, i % 7,
                       part->number, i);
        const enum ml_status status = ml_write_file(
            &writer, name, name, strlen(name), &part->f->options, &err);
        part->written += status == ML_OK;
        part->cancelled += status == ML_ERR_CANCELLED;
        part->other += status != ML_OK && status != ML_ERR_CANCELLED;
    }
    ml_writer_close(&writer);
    return NULL;
}

/* Returns how many files were written; with `stop`, an emergency exit happens
 * somewhere in between. */
static int write_by_threads(struct fixture *f, bool stop)
{
    pthread_t threads[THREADS];
    struct thread_part parts[THREADS];
    int written = 0, cancelled = 0;
    for (int i = 0; i < THREADS; i++) {
        parts[i] = (struct thread_part){.f = f, .number = i};
        assert_int_equal(
            0, pthread_create(&threads[i], NULL, thread_writes, &parts[i]));
    }
    if (stop)
        (void)ml_temps_remove_all(&f->temps);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(0, pthread_join(threads[i], NULL));
        written += parts[i].written;
        cancelled += parts[i].cancelled;
        assert_int_equal(0, parts[i].other);
    }
    assert_int_equal(THREADS * FILES, written + cancelled);
    return written;
}

static int count_below(struct fixture *f)
{
    int files = 0;
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 7; b++) {
            char path[64];
            (void)snprintf(path, sizeof path, "new/out/a%d/b%d", a, b);
            if (test_tree_exists(&f->tree, path))
                files += (int)test_tree_count(&f->tree, path);
        }
    }
    return files;
}

static void threads_share_root_and_folders(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_int_equal(THREADS * FILES, write_by_threads(&f, false));
    assert_int_equal(THREADS * FILES, count_below(&f));
    fixture_close(&f);
}

static void emergency_exit_amid_threads_leaves_whole_files_only(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    const int written = write_by_threads(&f, true);
    assert_int_equal(written, count_below(&f));
    fixture_close(&f);
}

static void root_that_is_a_file_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    test_tree_text(&f.tree, "file", "x");
    struct ml_output_root root;
    assert_int_equal(
        ML_ERR_OS,
        ml_output_root_open(&root, test_tree_path(&f.tree, "file"), &f.err));
    assert_int_equal(ENOTDIR, f.err.os_errno);
    assert_int_equal(ML_ERR_OS,
                     ml_output_root_open(
                         &root, test_tree_path(&f.tree, "file/below"), &f.err));
    assert_int_equal(ML_ERR_USAGE, ml_output_root_open(&root, "", &f.err));
    struct stat st;
    assert_int_equal(ENOENT, ml_output_root_stat(&f.root, "a", &st));
    assert_int_equal(ML_OK, put(&f, "a", "12345"));
    assert_int_equal(0, ml_output_root_stat(&f.root, "a", &st));
    assert_int_equal(5, st.st_size);
    fixture_close(&f);
}

static void streams_are_written_whole(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0) {
        assert_int_equal(ML_ERR_OS, ml_write_all(full, "x", 1, &f.err));
        assert_int_equal(ENOSPC, f.err.os_errno);
        assert_int_equal(0, close(full));
    }
    int ends[2];
    assert_int_equal(0, pipe(ends));
    assert_int_equal(ML_OK, ml_write_all(ends[1], "hello", 5, &f.err));
    char got[8];
    assert_int_equal(5, read(ends[0], got, sizeof got));
    assert_memory_equal("hello", got, 5);
    assert_int_equal(0, close(ends[0]));
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(ML_ERR_OS, ml_write_all(ends[1], "x", 1, &f.err));
    assert_int_equal(EPIPE, f.err.os_errno);
    assert_int_equal(0, close(ends[1]));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_written_with_its_folders),
        cmocka_unit_test(what_exists_is_kept_unless_replaced),
        cmocka_unit_test(replacing_a_link_leaves_its_target_alone),
        cmocka_unit_test(folder_in_the_place_of_the_file_is_an_error),
        cmocka_unit_test(links_cannot_lead_out),
        cmocka_unit_test(permissions_and_times_are_carried),
        cmocka_unit_test(removed_folder_is_made_again),
        cmocka_unit_test(more_folders_than_are_kept_open),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(failed_write_leaves_nothing),
        cmocka_unit_test(full_disk_is_said_and_leaves_nothing),
        cmocka_unit_test(forbidden_folder_is_said),
        cmocka_unit_test(emergency_exit_removes_all_temporary_files),
        cmocka_unit_test(there_are_never_more_temporary_files_than_slots),
        cmocka_unit_test(threads_share_root_and_folders),
        cmocka_unit_test(emergency_exit_amid_threads_leaves_whole_files_only),
        cmocka_unit_test(root_that_is_a_file_is_refused),
        cmocka_unit_test(streams_are_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
