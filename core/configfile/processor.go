package configfile

import (
	"fmt"
	"strconv"
)

// checkSingleElement reports whether the list at path has exactly one element, and records an
// error if not. A service exports each signal to one destination, so that every item can
// be accounted for. listLen is the length of the list. For the error, element says what the
// list contains, such as "reader", and provider is a key that may be omitted instead.
func (r *fileReader) checkSingleElement(listLen int, path, element, provider string) bool {
	switch {
	case listLen == 0:
		r.reject(path, "", "empty", "one "+element+", or remove "+provider)
	case listLen > 1:
		r.reject(appendIndex(path, 1), "", fmt.Sprintf("a second %s is not supported", element), "one: a collector can export to several backends")
	}
	return listLen == 1
}

// rejectSimpleProcessor records an error for a simple processor, which would export while
// the request waits. The console exporter is an exception, since it prints in
// the background in any case.
func (r *fileReader) rejectSimpleProcessor(path string, isConsole bool) {
	if !isConsole {
		r.reject(path, "", "not supported, since each request would wait for its export", "batch")
	}
}

// translateBatch reads the settings of the batch processor at path. prefix is OTEL_BSP or
// OTEL_BLRP. isConsole is true if the processor has the console exporter.
func (r *fileReader) translateBatch(prefix, path string, isConsole bool, queue, size, delay, timeout *int) {
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
		if setting.value != nil && isConsole {
			r.reject(settingPath, strconv.Itoa(*setting.value), "not supported with the console exporter, which prints at once", "the key removed")
		}
		r.setNumber(setting.variable, settingPath, setting.value)
	}
}

// setNumber sets a numeric variable to a value of the file. If value is nil, it sets the
// variable to "", so that the environment variable has no effect.
func (r *fileReader) setNumber(variable, path string, value *int) {
	text := ""
	if value != nil {
		text = strconv.Itoa(*value)
	}
	r.setVariable(variable, path, text)
}
