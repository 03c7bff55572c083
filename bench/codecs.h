/* codecs.h: the cases of bench_codecs: pictures in memory, decoded and
 * encoded.
 *
 * A picture is read by all threads; a worker belongs to one.
 */
#ifndef ML_BENCH_CODECS_H
#define ML_BENCH_CODECS_H

#include "codec/codec.h"

struct codecs_picture {
    struct ml_shape shape, planes_shape;
    struct ml_bytes jpeg, png; /* the whole files */
    struct ml_dst rows;        /* gray to RGBA */
    struct ml_dst planes;      /* of `jpeg`; data[0] NULL: it has none */
    void *owned[4];            /* memory of all these */
};

struct codecs_worker {
    struct ml_arena arena; /* reset for every picture */
    uint8_t *out;          /* buffer for a file */
    struct ml_error err;
};

struct codecs_case {
    const char *name;
    /* Decode or encode once.  *size_out: bytes of the file written.  False: the
     * worker's `err` has the reason. */
    bool (*run)(struct codecs_worker *worker,
                const struct codecs_picture *picture, int with,
                size_t *size_out);
    int with;
};

extern const struct codecs_case codecs_cases[];
extern const size_t codecs_case_count;

bool codecs_worker_open(struct codecs_worker *worker, struct ml_error *err);
void codecs_worker_close(struct codecs_worker *worker);
/* Copies `file`: JPEG, or PNG of a kind that JPEG can store. */
bool codecs_picture_open(struct codecs_picture *picture,
                         struct codecs_worker *worker, struct ml_bytes file);
void codecs_picture_close(struct codecs_picture *picture);

#endif
