# The tests of behaviour, for any machine: an executable of them is these and the one file that says
# what make_test_backend() makes.
set(sources builtin_tests life_tests megakernel_tests mixed_load mixed_load_tests
  program_fault_tests program_run_tests stress_tests work_queue_tests)
list(TRANSFORM sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM sources APPEND .cpp)
set(VYRE_MACHINE_TESTS ${sources})
