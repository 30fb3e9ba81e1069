# The tests of sessions, for any machine; as tests/backend/machine_tests.cmake.
set(VYRE_SESSION_TESTS deadline_tests.cpp hop_latency_tests.cpp load_log_tests.cpp load_replay_tests.cpp load_session_tests.cpp
  program_fault_tests.cpp
  program_session_tests.cpp
  random_program_tests.cpp replay_log_tests.cpp replay_tests.cpp ring_loop_tests.cpp
  session_tests.cpp shared_file_tests.cpp)
list(TRANSFORM VYRE_SESSION_TESTS PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
