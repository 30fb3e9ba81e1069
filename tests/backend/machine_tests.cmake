# The tests of behaviour, for any machine: an executable of them is these and the one file that says
# what make_test_backend() makes.
set(VYRE_MACHINE_TESTS builtin_tests.cpp cancel_tests.cpp compile_tests.cpp life_tests.cpp load_tests.cpp
  megakernel_tests.cpp mixed_load.cpp mixed_load_tests.cpp packed_tests.cpp parked_tests.cpp
  passing_tenants.cpp priority_tests.cpp program_fault_tests.cpp program_run_tests.cpp stress_tests.cpp
  tenant_tests.cpp work_queue_batch_tests.cpp work_queue_tests.cpp)
list(TRANSFORM VYRE_MACHINE_TESTS PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
