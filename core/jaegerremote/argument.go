package jaegerremote

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/samespan/samespan/internal/env"
)

// argumentVariable is the variable that configures the sampler.
const argumentVariable = "OTEL_TRACES_SAMPLER_ARG"

// argument is the parsed value of OTEL_TRACES_SAMPLER_ARG.
type argument struct {
	endpoint string
	// interval is the pollingIntervalMs.
	interval time.Duration
	// rate is the initialSamplingRate.
	rate float64
}

// parseArgument parses the value of OTEL_TRACES_SAMPLER_ARG, a list in the format
// key=value,key=value.
func parseArgument(value string) (argument, error) {
	a := argument{endpoint: "http://localhost:5778/sampling", interval: time.Minute, rate: 0.001}
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, text, ok := strings.Cut(part, "=")
		key, text = strings.TrimSpace(key), strings.TrimSpace(text)
		var problem string
		switch {
		case !ok:
			problem = fmt.Sprintf("%q is not a key=value pair", part)
		case key == "endpoint":
			problem = a.setEndpoint(text)
		case key == "pollingIntervalMs":
			problem = a.setInterval(text)
		case key == "initialSamplingRate":
			problem = a.setRate(text)
		default:
			problem = fmt.Sprintf("unknown key %q", key)
		}
		if problem != "" {
			return argument{}, &env.Invalid{Name: argumentVariable, Value: value, Problem: problem,
				Want: "endpoint=<URL>, pollingIntervalMs=<1 or more> and initialSamplingRate=<0 to 1>, each optional, separated by commas"}
		}
	}
	return a, nil
}

// setEndpoint parses text and sets endpoint. It returns what is wrong with text, or "".
func (a *argument) setEndpoint(text string) (problem string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Sprintf("the endpoint %q is not a URL that begins with http:// or https://", text)
	}
	a.endpoint = text
	return ""
}

// maxIntervalMilliseconds is the longest valid interval, in milliseconds. A longer interval
// would overflow time.Duration.
const maxIntervalMilliseconds = int64(1<<63-1) / int64(time.Millisecond)

// setInterval parses text and sets interval. It returns what is wrong with text, or "".
func (a *argument) setInterval(text string) (problem string) {
	milliseconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || milliseconds < 1 || milliseconds > maxIntervalMilliseconds {
		return fmt.Sprintf("pollingIntervalMs %q is not a whole number of 1 or more", text)
	}
	a.interval = time.Duration(milliseconds) * time.Millisecond
	return ""
}

// setRate parses text and sets rate. It returns what is wrong with text, or "".
func (a *argument) setRate(text string) (problem string) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate >= 0 && rate <= 1) {
		return fmt.Sprintf("initialSamplingRate %q is not a number from 0 to 1", text)
	}
	a.rate = rate
	return ""
}
