package demo

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// coreLogger is the logger for core's own messages, such as export errors. It logs only
// warnings and errors.
var coreLogger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

// logBuffer collects the log lines of the services.
type logBuffer struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (j *logBuffer) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(line)
}

func (j *logBuffer) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// loggerFunc returns a function that returns a service's logger. The logger exports records,
// and also writes them to the buffer.
func (j *logBuffer) loggerFunc(service string) func(*core.Telemetry) *slog.Logger {
	return func(tel *core.Telemetry) *slog.Logger {
		printing := slog.NewTextHandler(j, &slog.HandlerOptions{ReplaceAttr: withoutTime}).
			WithAttrs([]slog.Attr{slog.String("service", service)})
		return slog.New(tel.LogHandler(service, printing))
	}
}

// withoutTime is a ReplaceAttr function of slog.HandlerOptions. It removes a record's time.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.Attr{}
	}
	return a
}

// printFirstItemLines prints the log lines of the first item's trace.
func (j *logBuffer) printFirstItemLines(out io.Writer, spans []otlptest.Span) {
	fmt.Fprintf(out, "log records of item %s, which are also exported:\n", itemIDs[0])
	for _, s := range spans {
		if s.ParentID() != "" || s.Attributes["url.path"] != "/process/"+itemIDs[0] {
			continue
		}
		for line := range strings.Lines(j.String()) {
			if strings.Contains(line, s.TraceID()) {
				fmt.Fprintf(out, "  %s", line)
			}
		}
	}
	fmt.Fprintln(out)
}

// checkLogs returns an error for everything that is wrong with the received log records
// and the printed lines. Each service must log each item once, in the span that does the
// work. The record and the printed line must both have the ids of that span.
func checkLogs(spans []otlptest.Span, records []otlptest.LogRecord, printed string) (problems []error) {
	work := make(map[string]otlptest.Span)
	for _, s := range spans {
		if s.Name() == "process_item_logic" {
			work[s.SpanID()] = s
		}
	}
	for _, r := range records {
		s, ok := work[r.SpanID()]
		if !ok || s.TraceID() != r.TraceID() || s.Service() != r.Service() || s.Attributes["item.id"] != r.Attributes["item.id"] {
			problems = append(problems, fmt.Errorf("demo: %s logged %q with span %s and trace %s, want the ids of a span process_item_logic", r.Service(), r.Body(), r.SpanID(), r.TraceID()))
			continue
		}
		delete(work, r.SpanID())
		if !strings.Contains(printed, fmt.Sprintf("service=%s item.id=%v trace_id=%s span_id=%s trace_flags=01\n", s.Service(), s.Attributes["item.id"], s.TraceID(), s.SpanID())) {
			problems = append(problems, fmt.Errorf("demo: %s printed no log line with the ids of span %s", s.Service(), s.SpanID()))
		}
	}
	for id, s := range work {
		problems = append(problems, fmt.Errorf("demo: the log record of %s in span %s was not received", s.Service(), id))
	}
	if want := len(itemIDs) * len(subject.Chain); len(records) != want {
		problems = append(problems, fmt.Errorf("demo: received %d log records, want %d", len(records), want))
	}
	return problems
}
