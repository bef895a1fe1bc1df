package watch

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/samespan/samespan/core"
)

// Report is a service's report about itself.
type Report struct {
	// Stats are the current Stats.
	Stats core.Stats `json:"stats"`
	// Goroutines is the number of goroutines.
	Goroutines int `json:"goroutines"`
	// Heap is the heap in use after a garbage collection, in bytes.
	Heap uint64 `json:"heap"`
	// Resident is the process's resident memory after free memory was returned
	// to the system, in bytes; 0 if the system does not report it.
	Resident uint64 `json:"resident"`
	// Ended is set if the service has ended. Err is then the error of the service or its
	// telemetry.
	Ended bool   `json:"ended"`
	Err   string `json:"err,omitempty"`
}

// newReport returns a report of the current process.
func newReport(tel *core.Telemetry) Report {
	runtime.GC() // FreeOSMemory collects again, and frees what finalizers have released
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r := Report{Goroutines: runtime.NumGoroutine(), Heap: memory.HeapAlloc, Resident: residentMemory()}
	if tel != nil {
		r.Stats = tel.Stats()
	}
	return r
}

// residentMemory returns the resident memory: the second number, in pages, of Linux's
// /proc/self/statm.
func residentMemory() uint64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
