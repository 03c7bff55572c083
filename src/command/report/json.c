/* json.c: the JSON of records and summaries; see report.h. */
#include "command/report/report.h"

json_t *ml_json_shape(struct ml_json_builder *json, const char *format,
                      const struct ml_shape *shape)
{
    return ml_json_pack(
        json, "{s:o, s:i, s:i, s:s, s:i}", "format", ml_json_text(json, format),
        "width", (int)shape->width, "height", (int)shape->height, "layout",
        ml_layout_name(shape->layout), "bits", (int)shape->bits);
}
