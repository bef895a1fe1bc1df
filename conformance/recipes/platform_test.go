package recipes

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/nethttpotel"
)

// lambdaVariable is the environment variable that makes the test binary run as a Lambda
// function.
const lambdaVariable = "RECIPES_AS_LAMBDA"

func TestMain(m *testing.M) {
	if os.Getenv(lambdaVariable) == "" {
		os.Exit(m.Run())
	}
	placeOrder := func(_ context.Context, order Order) (Receipt, error) { return Receipt{Number: 100 * order.Items}, nil }
	if err := LambdaMain(context.Background(), placeOrder); err != nil {
		panic(err)
	}
}

// TestLambdaExportsSpanBeforeResponse checks that the collector receives the span of an
// invocation before the platform receives the response. The Lambda function runs in a
// separate process. The test serves the runtime API, with one invocation.
func TestLambdaExportsSpanBeforeResponse(t *testing.T) {
	collector := otlptest.Start(t)
	type outcome struct {
		response string
		spans    []string
	}
	ended := make(chan outcome, 1)
	invocations := make(chan struct{}, 1)
	invocations <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-invocations:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(waitTimeout).UnixMilli(), 10))
			_, _ = io.WriteString(w, `{"Items":3}`)
		case <-r.Context().Done(): // until the process ends
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/1/{outcome}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		ended <- outcome{r.PathValue("outcome") + " " + string(body), spanNames(collector.Spans())}
		w.WriteHeader(http.StatusAccepted)
	})
	platform := httptest.NewServer(mux)
	defer platform.Close()

	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), waitTimeout)
	defer stop()
	process := exec.CommandContext(ctx, program)
	process.Env = append(append(os.Environ(), collector.Env()...), lambdaVariable+"=true", "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(platform.URL, "http://"))
	process.Stderr = os.Stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stop(); _ = process.Wait() }()
	select {
	case got := <-ended:
		if want := `response {"Number":300}`; got.response != want {
			t.Errorf("got %s, want %s", got.response, want)
		}
		if len(got.spans) != 1 || got.spans[0] != "handle order" {
			t.Errorf("got spans %v when the invocation ended, want that of the handler", got.spans)
		}
	case <-ctx.Done():
		t.Fatal("the invocation did not end")
	}
}

// TestFlushAfterRequestExportsSpanBeforeResponse checks that the collector receives the
// span of a request before the client receives the response.
func TestFlushAfterRequestExportsSpanBeforeResponse(t *testing.T) {
	tel, collector := setUp(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /work", func(http.ResponseWriter, *http.Request) {})
	service := httptest.NewServer(FlushAfterRequest(tel, nethttpotel.Middleware(tel)(mux)))
	defer service.Close()
	getUntilListening(t, service.URL+"/work")
	if got := spanNames(collector.Spans()); len(got) != 1 || got[0] != "GET /work" {
		t.Errorf("got spans %v after the response, want that of the request", got)
	}
}

// TestFxExportsSpanWhenApplicationStops checks that the collector has the span of a
// request when the application has stopped.
func TestFxExportsSpanWhenApplicationStops(t *testing.T) {
	tel, collector := setUp(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /work", func(http.ResponseWriter, *http.Request) {})
	app := FxApp(tel, &http.Server{Addr: addr, Handler: nethttpotel.Middleware(tel)(mux)})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	getUntilListening(t, "http://"+addr+"/work")
	ctx, cancel := context.WithTimeout(t.Context(), app.StopTimeout())
	defer cancel()
	if err := app.Stop(ctx); err != nil {
		t.Error(err)
	}
	if got := spanNames(collector.Spans()); len(got) != 1 || got[0] != "GET /work" {
		t.Errorf("got spans %v, want that of the request", got)
	}
}
