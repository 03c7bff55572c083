/* corpus.c: see corpus.h.
 *
 * Threads take the next index from one counter until the last index is taken, a
 * thread fails, or a signal is pending.  Signals are blocked, not handled: a
 * thread checks for a pending one between two pictures, so no file is left
 * half-written and no handler is needed.
 */
#include "command/gen/corpus.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/strbuf.h"
#include "codec/registry.h"
#include "command/gen/defects.h"
#include "files/output/atomic_write.h"
#include "files/output/output_root.h"
#include "files/output/temp_files.h"
#include "os/mutex.h"

#define CORPUS_DEFECTS_FOLDER "defects"
#define CORPUS_SCRATCH_BYTES ((size_t)64 << 20)
#define CORPUS_SCRATCH_A_PIXEL 4096 /* bytes a pixel of width */

/* ---- the pictures by index ---- */

struct corpus_size {
    uint32_t width, height;
};

static enum ml_gen_subject corpus_web(uint32_t index)
{
    return index % 3 == 2 ? ML_GEN_PHOTO
                          : ML_GEN_ICON; /* a thumbnail is a small photo */
}

/* Is picture `index` an icon or a thumbnail? */
static bool corpus_is_tiny(const struct ml_corpus *corpus, uint32_t index)
{
    return corpus->kind == ML_CORPUS_WEB ||
           (corpus->kind == ML_CORPUS_MIXED && index % 10 >= 7);
}

static enum ml_gen_subject corpus_subject(const struct ml_corpus *corpus,
                                          uint32_t index)
{
    if (corpus_is_tiny(corpus, index))
        return corpus_web(index);
    if (corpus->kind == ML_CORPUS_CHART ||
        (corpus->kind == ML_CORPUS_MIXED && index % 10 >= 5))
        return ML_GEN_CHART;
    return ML_GEN_PHOTO;
}

static struct corpus_size corpus_size(const struct ml_corpus *corpus,
                                      enum ml_gen_subject subject,
                                      uint32_t index)
{
    static const struct corpus_size icons[] = {
        {16, 16}, {32, 32}, {48, 48}, {64, 64}, {88, 31}};
    static const struct corpus_size thumbnails[] = {
        {120, 90}, {160, 160}, {240, 180}, {300, 200}};
    if (corpus->size_count > 0) {
        const uint32_t i = index % corpus->size_count;
        return (struct corpus_size){corpus->sizes[i].width,
                                    corpus->sizes[i].height};
    }
    if (subject == ML_GEN_ICON)
        return icons[index / 3 % (sizeof icons / sizeof *icons)];
    if (corpus_is_tiny(corpus, index))
        return thumbnails[index / 3 % (sizeof thumbnails / sizeof *thumbnails)];
    if (subject == ML_GEN_CHART)
        return (struct corpus_size){800, 600};
    return (struct corpus_size){1600, 1200};
}

static const struct ml_codec *corpus_codec(const struct ml_corpus *corpus,
                                           enum ml_gen_subject subject,
                                           uint32_t index)
{
    switch (corpus->format) {
    case ML_CORPUS_JPEG:
        return &ml_codec_jpeg;
    case ML_CORPUS_PNG:
        return &ml_codec_png;
    case ML_CORPUS_BOTH:
        return index % 2 ? &ml_codec_png : &ml_codec_jpeg;
    case ML_CORPUS_USUAL:
        break;
    }
    return subject == ML_GEN_PHOTO ? &ml_codec_jpeg : &ml_codec_png;
}

void ml_corpus_picture(const struct ml_corpus *corpus, uint32_t index,
                       struct ml_gen_picture *picture_out,
                       char name_out[ML_CORPUS_NAME_MAX])
{
    const enum ml_gen_subject subject = corpus_subject(corpus, index);
    const struct corpus_size size = corpus_size(corpus, subject, index);
    const struct ml_codec *codec = corpus_codec(corpus, subject, index);
    const bool png = codec == &ml_codec_png;
    struct ml_random random = {corpus->seed};
    random.state = ml_random_next(&random) + index;
    struct ml_gen_picture picture = {
        .subject = subject,
        .seed = ml_random_next(&random),
        .variant = index,
        .codec = codec,
        .shape = {.width = size.width,
                  .height = size.height,
                  .layout = corpus->gray ? ML_GRAY : ML_RGB,
                  .bits = corpus->deep && png ? 16 : 8,
                  .sub_x = 1,
                  .sub_y = 1},
        .orientation = corpus->exif && !png ? (uint8_t)(index % 8 + 1) : 0,
        .sink = corpus->sink};
    if (subject == ML_GEN_ICON && png && !corpus->gray)
        picture.shape.layout = ML_RGBA;
    *picture_out = picture;
    const uint32_t folder = index % (corpus->folders + 1);
    struct ml_strbuf name;
    ml_strbuf_open(&name, name_out, ML_CORPUS_NAME_MAX);
    if (folder > 0)
        ml_strbuf_add(&name, "folder-%02u/", folder);
    ml_strbuf_add(&name, "img-%04u.%s", index + 1, codec->extensions[0]);
}

/* ---- making them ---- */

struct corpus_run {
    const struct ml_corpus *corpus;
    struct ml_output_root root;
    struct ml_temps temps;
    size_t output_bytes, scratch_bytes; /* address space a worker reserves */
    struct ml_mutex lock;               /* guards all below; taken alone */
    uint32_t next;
    struct ml_corpus_made made;
    struct ml_error err; /* of the first failure */
};

static bool corpus_signal_is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 ||
                                         sigismember(&pending, SIGTERM) == 1);
}

static void corpus_fail(struct corpus_run *run, const struct ml_error *err)
{
    ml_mutex_lock(&run->lock);
    if (run->err.status == ML_OK)
        run->err = *err;
    ml_mutex_unlock(&run->lock);
}

/* Take the next index; false: this thread has no more work. */
static bool corpus_next(struct corpus_run *run, uint32_t *index_out)
{
    struct ml_error err;
    if (corpus_signal_is_pending()) {
        (void)ml_fail(&err, ML_ERR_CANCELLED, "stopped",
                      "run it again with --existing overwrite", "by a signal");
        corpus_fail(run, &err);
    }
    ml_mutex_lock(&run->lock);
    const bool more =
        run->err.status == ML_OK && run->next < run->corpus->count;
    if (more)
        *index_out = run->next++;
    ml_mutex_unlock(&run->lock);
    return more;
}

static enum ml_status corpus_one(struct corpus_run *run, uint32_t index,
                                 struct ml_writer *writer,
                                 struct ml_arena *arena,
                                 struct ml_output *output, struct ml_error *err)
{
    const struct ml_write_options options = {.replace = run->corpus->overwrite};
    struct ml_gen_picture picture;
    char name[ML_CORPUS_NAME_MAX];
    ml_corpus_picture(run->corpus, index, &picture, name);
    enum ml_status status = ml_gen_encode(&picture, arena, output, err);
    if (status == ML_OK)
        status = ml_write_file(writer, name, output->data, output->used,
                               &options, err);
    if (status)
        return status;
    ml_mutex_lock(&run->lock);
    run->made.pictures++;
    run->made.pixels += (uint64_t)picture.shape.width * picture.shape.height;
    run->made.bytes += output->used;
    ml_mutex_unlock(&run->lock);
    return ML_OK;
}

static enum ml_status corpus_defects(struct corpus_run *run,
                                     struct ml_writer *writer,
                                     struct ml_arena *arena,
                                     struct ml_output *output,
                                     struct ml_error *err)
{
    const struct ml_corpus *corpus = run->corpus;
    const char *folder =
        corpus->kind == ML_CORPUS_MIXED ? CORPUS_DEFECTS_FOLDER : "";
    const struct ml_defects work = {.writer = writer,
                                    .folder = folder,
                                    .seed = corpus->seed,
                                    .overwrite = corpus->overwrite,
                                    .arena = arena,
                                    .output = output};
    struct ml_corpus_made made = {0};
    const enum ml_status status =
        ml_defects_make(&work, &made.defects, &made.bytes, err);
    ml_mutex_lock(&run->lock);
    run->made.defects += made.defects;
    run->made.bytes += made.bytes;
    ml_mutex_unlock(&run->lock);
    return status;
}

/* One thread's work, with its own scratch; one thread makes the defects. */
static void corpus_work(struct corpus_run *run, bool defects)
{
    struct ml_arena scratch, file;
    struct ml_writer writer;
    struct ml_error err;
    uint32_t index;
    if (ml_arena_open(&scratch, run->scratch_bytes, &err) != ML_OK) {
        corpus_fail(run, &err);
        return;
    }
    if (ml_arena_open(&file, run->output_bytes, &err) != ML_OK) {
        corpus_fail(run, &err);
        ml_arena_close(&scratch);
        return;
    }
    struct ml_output output = {.data = file.base,
                               .capacity = run->output_bytes};
    ml_writer_open(&writer, &run->root, &run->temps);
    if (defects &&
        corpus_defects(run, &writer, &scratch, &output, &err) != ML_OK)
        corpus_fail(run, &err);
    while (corpus_next(run, &index)) {
        if (corpus_one(run, index, &writer, &scratch, &output, &err) != ML_OK)
            corpus_fail(run, &err);
    }
    ml_writer_close(&writer);
    ml_arena_close(&file);
    ml_arena_close(&scratch);
}

static void *corpus_thread(void *context)
{
    corpus_work(context, false);
    return NULL;
}

static bool corpus_has_defects(const struct ml_corpus *corpus)
{
    return corpus->kind == ML_CORPUS_DEFECTS || corpus->kind == ML_CORPUS_MIXED;
}

/* The calling thread and jobs - 1 more; fewer if pthread_create() fails. */
static void corpus_work_all(struct corpus_run *run)
{
    pthread_t threads[ML_CORPUS_JOBS_MAX];
    uint32_t started = 0;
    while (started + 1 < run->corpus->jobs &&
           pthread_create(&threads[started], NULL, corpus_thread, run) == 0)
        started++;
    corpus_work(run, corpus_has_defects(run->corpus));
    for (uint32_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
}

/* ---- before it starts ---- */

static enum ml_status corpus_check_name(const struct corpus_run *run,
                                        const char *name, struct ml_error *err)
{
    struct stat status;
    const int error = ml_output_root_stat(&run->root, name, &status);
    if (error == ENOENT || error == ENOTDIR)
        return ML_OK;
    if (error)
        return ml_fail_os(err, error, "cannot read the folder", NULL);
    return ml_fail(err, ML_ERR_EXISTS, "a file exists already",
                   "choose an empty folder, or --existing overwrite", "%s",
                   name);
}

static enum ml_status corpus_check(const struct corpus_run *run,
                                   struct ml_error *err)
{
    const struct ml_corpus *corpus = run->corpus;
    char name[ML_CORPUS_NAME_MAX];
    enum ml_status status = ML_OK;
    for (uint32_t i = 0; i < corpus->count && status == ML_OK; i++) {
        struct ml_gen_picture picture;
        ml_corpus_picture(corpus, i, &picture, name);
        status = corpus_check_name(run, name, err);
    }
    size_t count;
    const char *const *defects = ml_defect_names(&count);
    for (size_t i = 0;
         corpus_has_defects(corpus) && i < count && status == ML_OK; i++) {
        (void)snprintf(
            name, sizeof name, "%s%s",
            corpus->kind == ML_CORPUS_MIXED ? CORPUS_DEFECTS_FOLDER "/" : "",
            defects[i]);
        status = corpus_check_name(run, name, err);
    }
    return status;
}

/* The most address space that a picture of this corpus may need. */
static void corpus_measure(struct corpus_run *run)
{
    const struct ml_corpus *corpus = run->corpus;
    run->output_bytes = 1 << 20;
    run->scratch_bytes = CORPUS_SCRATCH_BYTES;
    for (uint32_t i = 0; i < corpus->count; i++) {
        struct ml_gen_picture picture;
        char name[ML_CORPUS_NAME_MAX];
        ml_corpus_picture(corpus, i, &picture, name);
        const size_t bytes = ml_gen_bytes_max(&picture.shape);
        const size_t scratch =
            CORPUS_SCRATCH_BYTES +
            (size_t)picture.shape.width * CORPUS_SCRATCH_A_PIXEL;
        if (bytes > run->output_bytes)
            run->output_bytes = bytes;
        if (scratch > run->scratch_bytes)
            run->scratch_bytes = scratch;
    }
}

/* SIGINT and SIGTERM, except one that was ignored at start (nohup, a background
 * job of a shell). */
static void corpus_signals(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(set, numbers[i]);
    }
}

static enum ml_status corpus_run_all(struct corpus_run *run,
                                     struct ml_error *err)
{
    sigset_t blocked, before;
    corpus_signals(&blocked);
    const int rc = pthread_sigmask(SIG_BLOCK, &blocked, &before);
    if (rc)
        return ml_fail_os(err, rc, "cannot block signals", NULL);
    ml_mutex_open(&run->lock);
    corpus_work_all(run);
    /* Discard the signal that stopped the threads; one that arrived after the
     * last picture keeps its default effect. */
    const struct timespec now = {0, 0};
    while (run->err.status == ML_ERR_CANCELLED &&
           sigtimedwait(&blocked, NULL, &now) > 0)
        continue;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    ml_mutex_close(&run->lock);
    if (run->err.status)
        *err = run->err;
    return run->err.status;
}

enum ml_status ml_corpus_make(const struct ml_corpus *corpus,
                              const char *folder,
                              struct ml_corpus_made *made_out,
                              struct ml_error *err)
{
    struct corpus_run run = {.corpus = corpus};
    memset(made_out, 0, sizeof *made_out);
    enum ml_status status = ml_output_root_open(&run.root, folder, err);
    if (status)
        return status;
    if (!corpus->overwrite)
        status = corpus_check(&run, err);
    if (status == ML_OK)
        status = ml_output_root_create(&run.root, err);
    if (status)
        goto undo_root;
    status = ml_temps_open(&run.temps, err);
    if (status)
        goto undo_root;
    corpus_measure(&run);
    status = corpus_run_all(&run, err);
    *made_out = run.made;
    ml_temps_close(&run.temps);
undo_root:
    ml_output_root_close(&run.root);
    return status;
}
