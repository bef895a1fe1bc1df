package configfile

import (
	"fmt"
	"strconv"
)

// requireSingle reports an error if a list does not have exactly one element. A service
// exports each signal to one destination, so that every item can be accounted for.
func (r *reader) requireSingle(n int, path, element, provider string) bool {
	switch {
	case n == 0:
		r.reject(path, "", "empty", "one "+element+", or "+provider+" left out")
	case n > 1:
		r.reject(appendIndex(path, 1), "", fmt.Sprintf("a second %s", element), "one: a collector passes on to several places")
	}
	return n == 1
}

// rejectSimpleProcessor reports an error for a simple processor, which would export while
// the request waits. The console exporter is an exception, since it is batched anyway.
func (r *reader) rejectSimpleProcessor(path string, console bool) {
	if !console {
		r.reject(path, "", "it would export each item while the request waits for it", "batch")
	}
}

// translateBatch reads the settings of a batch processor. prefix is OTEL_BSP or
// OTEL_BLRP.
func (r *reader) translateBatch(prefix, path string, console bool, queue, size, delay, timeout *int) {
	for _, setting := range []struct {
		variable, key string
		value         *int
	}{
		{prefix + "_MAX_QUEUE_SIZE", "max_queue_size", queue},
		{prefix + "_MAX_EXPORT_BATCH_SIZE", "max_export_batch_size", size},
		{prefix + "_SCHEDULE_DELAY", "schedule_delay", delay},
		{prefix + "_EXPORT_TIMEOUT", "export_timeout", timeout},
	} {
		settingPath := joinPath(path, setting.key)
		if setting.value != nil && console {
			r.reject(settingPath, strconv.Itoa(*setting.value), "the console prints at once", "it left out")
		}
		r.setNumber(setting.variable, settingPath, setting.value)
	}
}

// setNumber sets a numeric variable; a nil value is not set.
func (r *reader) setNumber(variable, path string, value *int) {
	text := ""
	if value != nil {
		text = strconv.Itoa(*value)
	}
	r.setVariable(variable, path, text)
}
