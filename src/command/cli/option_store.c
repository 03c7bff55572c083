/* option_store.c: see option_store.h. */
#include "command/cli/option_store.h"

#include <assert.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/cli/option_value.h"

#define STORE_CHOICES_MAX 32

/* Write a number to a field of `bytes` bytes, in native byte order. */
static void store_number(void *field, size_t bytes, uint64_t number)
{
    const bool truth = number != 0;
    const uint16_t short_number = (uint16_t)number;
    const uint32_t word = (uint32_t)number;
    switch (bytes) {
    case sizeof truth:
        memcpy(field, &truth, sizeof truth);
        break;
    case sizeof short_number:
        memcpy(field, &short_number, sizeof short_number);
        break;
    case sizeof word:
        memcpy(field, &word, sizeof word);
        break;
    default:
        assert(bytes == sizeof number);
        memcpy(field, &number, sizeof number);
        break;
    }
}

/* An error with the row's own `what` and `remedy`. */
static enum ml_status store_refuse(const struct ml_option *option,
                                   const char *value, struct ml_error *err)
{
    return ml_fail(err, ML_ERR_USAGE, option->what, option->remedy, "'%.40s'",
                   value);
}

static enum ml_status store_on_off(const struct ml_option *option, void *field,
                                   const char *value, struct ml_error *err)
{
    const bool on = strcmp(value, "on") == 0;
    if (!on && strcmp(value, "off") != 0)
        return ml_fail(err, ML_ERR_USAGE, "neither on nor off", NULL,
                       "--%s '%.40s'", option->name, value);
    store_number(field, option->bytes, on);
    return ML_OK;
}

static enum ml_status store_integer(const struct ml_option *option, void *field,
                                    const char *value, struct ml_error *err)
{
    uint64_t number = 0;
    const bool zero =
        option->zero_word && strcmp(value, option->zero_word) == 0;
    if (!zero && ml_option_integer(value, option->min, option->max, &number,
                                   err) != ML_OK)
        return option->what ? store_refuse(option, value, err) : err->status;
    store_number(field, option->bytes, number);
    return ML_OK;
}

static enum ml_status store_count(const struct ml_option *option, void *field,
                                  const char *value, struct ml_error *err)
{
    uint64_t number = 0;
    if (!ml_parse_count(value, &number) || number == 0 || number > option->max)
        return store_refuse(option, value, err);
    store_number(field, option->bytes, number);
    return ML_OK;
}

static enum ml_status store_choice(const struct ml_option *option, void *field,
                                   const char *value, struct ml_error *err)
{
    const char *names[STORE_CHOICES_MAX + 1] = {NULL};
    for (size_t i = 0; option->choice_name && option->choice_name(i); i++) {
        assert(i < STORE_CHOICES_MAX);
        names[i] = option->choice_name(i);
    }
    const int choice = ml_option_choice(
        value, option->choice_name ? names : option->choices, err);
    if (choice < 0)
        return err->status;
    store_number(field, option->bytes,
                 option->choice_values ? option->choice_values[choice]
                                       : (uint64_t)choice);
    return ML_OK;
}

static enum ml_status store_text_more(const struct ml_option *option,
                                      struct ml_option_texts *texts,
                                      const char *value, struct ml_error *err)
{
    if (texts->count == ML_OPTION_TEXTS_MAX)
        return ml_fail(err, ML_ERR_USAGE, option->what, option->remedy,
                       "%d at most", ML_OPTION_TEXTS_MAX);
    texts->items[texts->count++] = value;
    return ML_OK;
}

static enum ml_status store_value(const struct ml_option *option,
                                  void *settings, const char *value,
                                  struct ml_error *err)
{
    void *field = (char *)settings + option->offset;
    switch (option->type) {
    case ML_OPTION_HOOK:
        return option->apply(settings, value, err);
    case ML_OPTION_FLAG:
        store_number(field, option->bytes, true);
        return ML_OK;
    case ML_OPTION_ON_OFF:
        return store_on_off(option, field, value, err);
    case ML_OPTION_INTEGER:
        return store_integer(option, field, value, err);
    case ML_OPTION_COUNT:
        return store_count(option, field, value, err);
    case ML_OPTION_SIZE:
        return ml_option_size(value, field, err);
    case ML_OPTION_DURATION:
        return ml_option_duration(value, option->min, option->max, option->what,
                                  option->remedy, field, err);
    case ML_OPTION_CHOICE:
        return store_choice(option, field, value, err);
    case ML_OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return ML_OK;
    case ML_OPTION_TEXTS:
        return store_text_more(option, field, value, err);
    }
    assert(false);
    return ML_ERR_INTERNAL;
}

enum ml_status ml_option_store(const struct ml_option *option, void *settings,
                               const char *value, struct ml_error *err)
{
    const enum ml_status status = store_value(option, settings, value, err);
    if (status == ML_OK && option->given > 0)
        store_number((char *)settings + option->given, sizeof(bool), true);
    return status;
}
