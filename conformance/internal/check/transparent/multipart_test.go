package transparent

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
)

// TestFilesOfAnotherMachineAreNotJudged checks that transparent/multipart does not pass because
// the suite does not see the files of a service on another machine, such as one in a container.
func TestFilesOfAnotherMachineAreNotJudged(t *testing.T) {
	tests := []struct {
		name, peerHost string
		response       string // to POST /upload
		notApplicable  bool
	}{
		{"a file on this machine", "", `{"files":["/no/such/file"],"bytes":1}`, false},
		{"a file on another machine", "host.docker.internal", `{"files":["/no/such/file"],"bytes":1}`, true},
		{"no file on another machine", "host.docker.internal", `{"files":[],"bytes":1}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := judgeUpload(t, test.response, test.peerHost)
			if found.Err != nil || len(found.Problems) > 0 || strings.Contains(found.NotApplicable, "another machine") != test.notApplicable {
				t.Errorf("got the problems %v, the error %v, and not applicable: %q; want no problem, and not applicable: %v",
					found.Problems, found.Err, found.NotApplicable, test.notApplicable)
			}
		})
	}
}

// TestRemainingFilesWithoutBareServiceAreNotApplicable checks that transparent/multipart does not blame the
// instrumentation for temporary files if the suite cannot run the service without it. Frameworks
// that pass a copy of the request, such as gorilla/mux, leave these files too.
func TestRemainingFilesWithoutBareServiceAreNotApplicable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	found := judgeUpload(t, fmt.Sprintf(`{"files":[%q],"bytes":1}`, file), "")
	if found.Err != nil || len(found.Problems) > 0 || !strings.Contains(found.NotApplicable, "without its instrumentation") {
		t.Errorf("got the problems %v, the error %v, and not applicable: %q; want not applicable", found.Problems, found.Err, found.NotApplicable)
	}
}

// judgeUpload runs checkMultipart on a service that answers every request with the response. The
// suite cannot run that service without its instrumentation.
func judgeUpload(t *testing.T, response, peerHost string) probe.Found {
	t.Helper()
	start := service.InProcess(func(ctx context.Context, addr string, ready func()) error {
		server := &http.Server{Addr: addr, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(response))
		})}
		context.AfterFunc(ctx, func() { _ = server.Close() })
		ready()
		_ = server.ListenAndServe()
		return nil
	})
	i, err := service.Start(t.Context(), start, "uploads", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Kill)
	p := probe.New(t.Context(), &probe.Declared{PeerHost: peerHost}, probe.Services{Own: func() (*service.Instance, error) { return i, nil }})
	return p.Judge(checkMultipart)
}
