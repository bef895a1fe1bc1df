package core

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/samespan/samespan/internal/logtest"
)

// brokenError is an error whose Error method always panics.
type brokenError struct{}

func (brokenError) Error() string { panic("no text") }

// TestLogHandlerExportsAttributesThatPanic proves that a record is printed and exported,
// and does not panic, if a method of an attribute panics. The handlers of log/slog print
// such a record. The usual case is a nil pointer in an error that is not nil.
func TestLogHandlerExportsAttributesThatPanic(t *testing.T) {
	var nilError *panickingError
	for name, test := range map[string]struct {
		log  func(*slog.Logger)
		want string
	}{
		"attribute":        {func(l *slog.Logger) { l.Error("failed", "error", nilError) }, "<nil>"},
		"another error":    {func(l *slog.Logger) { l.Error("failed", "error", brokenError{}) }, "%!v(PANIC=Error method: no text)"},
		"list":             {func(l *slog.Logger) { l.Error("failed", "error", []error{nilError, errors.New("late")}) }, "[<nil> late]"},
		"attribute of all": {func(l *slog.Logger) { l.With("error", nilError).Error("failed") }, "<nil>"},
		"list of all":      {func(l *slog.Logger) { l.With("error", []error{nilError}).Error("failed") }, "[<nil>]"},
		"group of values": {func(l *slog.Logger) {
			l.Error("failed", slog.Group("order", slog.Any("error", nilError), slog.String("id", "17")))
		}, "<nil>"},
		"group without a name": {func(l *slog.Logger) { l.Error("failed", slog.Group("", "error", nilError)) }, "<nil>"},
		"group without a name of all": {func(l *slog.Logger) {
			l.With(slog.Group("", "error", nilError)).Error("failed")
		}, "<nil>"},
		"open group":        {func(l *slog.Logger) { l.WithGroup("order").Error("failed", "error", nilError, "id", "17") }, "<nil>"},
		"open group of all": {func(l *slog.Logger) { l.WithGroup("order").With("error", nilError, "id", "17").Error("failed") }, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
			var printed logtest.Buffer
			func() {
				defer func() {
					if value := recover(); value != nil {
						t.Errorf("the logger panicked: %v", value)
					}
				}()
				test.log(slog.New(tel.LogHandler("orders", slog.NewTextHandler(&printed, nil))).With("shop", "A"))
			}()
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if !printed.Line("failed", "shop=A") {
				t.Errorf("printed %q, want the record", printed.String())
			}
			if len(r.records) != 1 {
				t.Fatalf("exported %d records, want 1", len(r.records))
			}
			got := attributeMap(r.records[0].Attributes)
			if got["shop"] != "A" {
				t.Errorf("exported %v, want the other attributes too", got)
			}
			if group, ok := got["order"].(map[string]any); ok {
				if got = group; got["id"] != "17" {
					t.Errorf("exported the group %v, want its other attributes too", got)
				}
			}
			if got["error"] != test.want {
				t.Errorf("exported the error %q, want %q", got["error"], test.want)
			}
			if got, want := tel.Stats().Logs, (LogStats{Ended: 1, Exported: 1}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestLogHandlerExportsEveryError proves that no error of a record is lost if the record
// has several: the first is exported as exception.message, and the others as attributes.
func TestLogHandlerExportsEveryError(t *testing.T) {
	refused, late := errors.New("refused"), errors.New("late")
	for name, log := range map[string]func(*slog.Logger){
		"attributes":        func(l *slog.Logger) { l.Error("failed", "error", refused, "id", "17", "rollback", late) },
		"attributes of all": func(l *slog.Logger) { l.With("error", refused, "id", "17", "rollback", late).Error("failed") },
		"both":              func(l *slog.Logger) { l.With("error", refused).Error("failed", "id", "17", "rollback", late) },
		"two calls":         func(l *slog.Logger) { l.With("error", refused).With("id", "17").With("rollback", late).Error("failed") },
		"open group": func(l *slog.Logger) {
			l.WithGroup("order").Error("failed", "error", refused, "id", "17", "rollback", late)
		},
		"group without a name": func(l *slog.Logger) {
			l.Error("failed", slog.Group("", "error", refused, "id", "17", "rollback", late))
		},
		"groups without a name": func(l *slog.Logger) {
			l.Error("failed", slog.Group("", "error", refused, "id", "17"), slog.Group("", slog.Group("", "rollback", late)))
		},
		"group without a name of all": func(l *slog.Logger) {
			l.With(slog.Group("", "error", refused, "id", "17")).Error("failed", "rollback", late)
		},
		"two groups without a name of all": func(l *slog.Logger) {
			l.With(slog.Group("", "error", refused, "id", "17")).With(slog.Group("", "rollback", late)).Error("failed")
		},
		"group of both": func(l *slog.Logger) {
			l.With("error", refused).WithGroup("order").With("id", "17").Error("failed", "rollback", late)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
			log(slog.New(tel.LogHandler("orders", nil)))
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if len(r.records) != 1 {
				t.Fatalf("exported %d records, want 1", len(r.records))
			}
			got := attributeMap(r.records[0].Attributes)
			attributes := got
			if group, ok := got["order"].(map[string]any); ok {
				attributes = group
			}
			if got["exception.message"] != "refused" || attributes["rollback"] != "late" || attributes["id"] != "17" {
				t.Errorf("exported %v, want both errors and the id", got)
			}
		})
	}
}
